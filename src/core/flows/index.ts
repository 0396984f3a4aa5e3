/**
 * What can happen to an account, one file an event. The only place where the domains meet. A flow opens at most
 * one transaction with its effects in it, and does no hashing, network or mail inside; it knows no contract
 * beyond its Door and no HTTP at all.
 */
export { approveSignIn } from './approve-sign-in.ts';
export { authenticate } from './authenticate.ts';
export { changePassword } from './change-password.ts';
export { confirmEmailChange } from './confirm-email-change.ts';
export { confirmRecovery } from './confirm-recovery.ts';
export { confirmSignIn } from './confirm-sign-in.ts';
export { confirmSignUp } from './confirm-sign-up.ts';
export { createAccount } from './create-account.ts';
export { deleteAccount } from './delete-account.ts';
export { disableAccount, enableAccount } from './disable-account.ts';
export { enrollTotp } from './enroll-totp.ts';
export { findAccount, listAccounts, lookUpAccount, searchAccounts } from './find-accounts.ts';
export { noteTrustedUse } from './note-trusted-use.ts';
export { purge } from './purge.ts';
export { readLink } from './read-link.ts';
export { refresh } from './refresh.ts';
export { removeTotp } from './remove-totp.ts';
export { requestEmailChange } from './request-email-change.ts';
export { requestRecovery } from './request-recovery.ts';
export { requestSignIn } from './request-sign-in.ts';
export { resealTotp } from './reseal-totp.ts';
export { resendSignUp } from './resend-sign-up.ts';
export { resendSignUpFor } from './resend-sign-up-for.ts';
export { revokeSession } from './revoke-session.ts';
export { revokeSessions } from './revoke-sessions.ts';
export { setPassword } from './set-password.ts';
export { signIn } from './sign-in.ts';
export { signOut } from './sign-out.ts';
export { signUp } from './sign-up.ts';
export { confirmSignUpLink, readSignUpLink, type SignUpLinkState } from './sign-up-link.ts';
export type { ChallengeAnswer, LinkAnswer } from './steps/answer-challenge.ts';
export type { ChallengeDemand } from './steps/request-challenge.ts';
export { readAddressUndo, undoAddressChange } from './undo-address-change.ts';
export { unlockAccount } from './unlock-account.ts';
export { type AccountChanges, updateAccount } from './update-account.ts';
export { updateProfile } from './update-profile.ts';
export { verifyIdentifier } from './verify-identifier.ts';
