/**
 * Runs after `npm ci`: loads the server once, so that already its first start finds compiled code. Nothing depends
 * on it; without a Node that can run the source (an install without devDependencies) it does nothing.
 */
const [major] = process.versions.node.split('.').map(Number);
if (major >= 24) {
  const { keepCompiledCode } = await import('../bin/compile-cache.js');
  keepCompiledCode();
  for (const file of ['../src/cli/index.ts', '../src/cli/serving/serve.ts', '../src/main.ts']) {
    await import(new URL(file, import.meta.url).href).catch(() => {});
  }
}
