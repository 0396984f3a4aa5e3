export type RefusalCode =
  | 'same_database'
  | 'in_use'
  | 'target_not_empty'
  | 'copy_of_another'
  | 'copy_differs'
  | 'not_copyable'
  | 'file_exists'
  | 'directory_unusable'
  | 'backup_unusable'
  | 'needs_file';

/** What an operator asked of whole databases and must not have. Says what to do, in one line, without a password. */
export class StorageRefusal extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'StorageRefusal';
    this.code = code;
  }
}
