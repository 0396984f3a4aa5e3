import { html } from 'ghtml';
import type { Letter } from './letter.ts';

const FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const MONO = "font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace";

/**
 * Colours are chosen so that no six digits stand together in any of them: a program that looks for the code in
 * the mail finds the code.
 */
const LIGHT = {
  page: '#f4f4f5',
  card: '#ffffff',
  ink: '#1f2937',
  faint: '#5b6472',
  line: '#e5e7eb',
  accent: '#1d4ed8',
};
const DARK = {
  page: '#0f1216',
  card: '#1b1f27',
  ink: '#e8eaed',
  faint: '#a0a8b4',
  line: '#333a45',
  accent: '#2d63e8',
};

/** Mail readers that know dark mode take these; the others keep the inline styles. */
const DARK_MODE = `:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (prefers-color-scheme:dark){
.page{background:${DARK.page} !important}
.card{background:${DARK.card} !important;border-color:${DARK.line} !important}
.ink{color:${DARK.ink} !important}
.faint{color:${DARK.faint} !important}
.code{background:${DARK.page} !important;color:${DARK.ink} !important}
.button{background:${DARK.accent} !important}
}`;

/**
 * The letter as HTML: one column that fits a phone, inline styles, no image and nothing loaded from anywhere.
 * The only link is the action, as a button and again as text for those who would rather copy it.
 */
export function layout(letter: Letter): string {
  const { productName, heading, paragraphs, code, link, validity, notYou } = letter;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no,date=no,address=no,email=no,url=no">
<meta name="x-apple-disable-message-reformatting">
<title>${heading}</title>
<style>!${DARK_MODE}</style>
</head>
<body class="page" style="margin:0;padding:0;background:${LIGHT.page};-webkit-text-size-adjust:100%">
!${preheader(letter)}
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0"
 style="background:${LIGHT.page}"><tr><td align="center" style="padding:24px 12px">
<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" border="0"
 style="max-width:480px;background:${LIGHT.card};border:1px solid ${LIGHT.line};border-radius:12px">
<tr><td class="ink" style="padding:32px 28px;!${FONT};font-size:16px;line-height:1.5;color:${LIGHT.ink}">
<p class="faint" style="margin:0 0 20px;font-size:14px;color:${LIGHT.faint}">${productName}</p>
<h1 class="ink" style="margin:0 0 12px;font-size:22px;line-height:1.25;color:${LIGHT.ink}">${heading}</h1>
!${paragraphs.map((text) => html`<p style="margin:0 0 20px">${text}</p>`)}
!${code === undefined ? '' : codeBlock(code)}
!${link === undefined ? '' : button(link)}
!${validity === undefined ? '' : html`<p style="margin:0 0 20px">${validity}</p>`}
<p class="faint" style="margin:0;font-size:14px;color:${LIGHT.faint}">${notYou}</p>
</td></tr></table>
</td></tr></table>
</body>
</html>
`;
}

/** What the list of messages shows after the subject. */
function preheader({ code, paragraphs }: Letter): string {
  const preview = [code, paragraphs[0]].filter((part) => part !== undefined).join(' · ');
  return html`<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">${preview}</div>`;
}

/** One run of digits, so that a double click, a long press or a screen reader takes all of it. */
function codeBlock(code: string): string {
  return html`<p class="code" style="margin:0 0 20px;padding:16px 8px;border-radius:8px;background:${LIGHT.page};
color:${LIGHT.ink};text-align:center;!${MONO};font-size:32px;line-height:1.2;font-weight:700;
letter-spacing:6px;-webkit-user-select:all;user-select:all">${code}</p>`;
}

function button({ label, url }: { label: string; url: string }): string {
  const href = linkText(url);
  return html`<p style="margin:0 0 16px"><a class="button" href="!${href}" target="_blank" rel="noreferrer"
 style="display:block;padding:14px 20px;border-radius:8px;background:${LIGHT.accent};color:#ffffff;
font-weight:600;text-align:center;text-decoration:none">${label}</a></p>
<p class="faint" style="margin:0 0 4px;font-size:14px;color:${LIGHT.faint}">Or copy this address:</p>
<p class="ink" style="margin:0 0 20px;font-size:14px;word-break:break-all;color:${LIGHT.ink}">!${href}</p>`;
}

/**
 * A URL for a double-quoted attribute or for text. ghtml would also write `=` as a character reference, which
 * mail readers that rewrite links, and people who read the source, cannot be trusted to undo.
 */
function linkText(url: string): string {
  return url
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
