// Errors of the file system in words: what could not be done to which file, why, and what to do.
import { LatentSyncError, messageOf, type ErrorCode } from './errors.ts';
import { printable } from './printable.ts';
import { joinWording, type Wording } from './wording.ts';

/** Returns the `code` of a system error (`ENOENT`, `ENOSPC`, …); undefined for anything else. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  // Node itself rejects names that contain NUL, which no file can have.
  if (error.code === 'ERR_INVALID_ARG_VALUE') return 'EINVAL';
  // Node's own functions for folders give some errors names of their own: ERR_FS_EISDIR.
  return /^(?:ERR_FS_)?(E[A-Z0-9]+)$/.exec(error.code)?.[1];
}

/** Returns whether an error of the file system says that nothing can have that name. */
export function saysUnnameable(error: unknown): boolean {
  const code = systemErrorCode(error);
  return code === 'ENAMETOOLONG' || code === 'EINVAL';
}

/** Returns whether an error of the file system says that nothing has that name. */
export function saysAbsent(error: unknown): boolean {
  const code = systemErrorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR' || saysUnnameable(error);
}

/** Why something could not be done, continuing "X cannot be read: ". */
const reasons: Readonly<Partial<Record<string, string>>> = {
  EACCES: 'permission denied',
  EBUSY: 'another program is using it',
  EDQUOT: 'your disk quota is used up',
  EEXIST: 'something with that name already exists',
  EFBIG: 'the file system does not allow files that large',
  EINVAL: 'the file system does not allow that name',
  EIO: 'the disk reports an error',
  EISDIR: 'it is a folder',
  ELOOP: 'its symbolic links lead in a circle',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'the name is too long',
  ENFILE: 'too many files are open',
  ENOENT: 'its folder does not exist',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'part of its path is a file, not a folder',
  EPERM: 'permission denied',
  EROFS: 'the disk is read-only',
  ETXTBSY: 'it is a program that is running',
};

const CLOSE_FILES = 'Close other programs, or raise the limit on open files.';

/** The code and the remedy of a file that cannot be read. */
function readingFault(code: string): { code: ErrorCode; remedy: string } {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return { code: 'file-not-readable', remedy: 'Change its permissions, or those of the folders that lead to it.' };
    case 'EMFILE':
    case 'ENFILE':
      return { code: 'too-many-open-files', remedy: CLOSE_FILES };
    case 'EISDIR':
      return { code: 'input-invalid', remedy: 'Choose a file.' };
    case 'ELOOP':
      return { code: 'file-not-readable', remedy: 'Fix the link.' };
    default:
      return { code: 'file-not-readable', remedy: 'Check the disk, or copy the file to another one.' };
  }
}

/** The code and the remedy of a file or folder that cannot be written. */
function writingFault(code: string): { code: ErrorCode; remedy: string } {
  switch (code) {
    case 'EDQUOT':
    case 'ENOSPC':
      return { code: 'insufficient-disk', remedy: 'Free up some space, or choose another disk.' };
    case 'EMFILE':
    case 'ENFILE':
      return { code: 'too-many-open-files', remedy: CLOSE_FILES };
    case 'ENOENT':
      return { code: 'output-not-writable', remedy: 'Create the folder first.' };
    case 'EACCES':
    case 'EPERM':
      return {
        code: 'output-not-writable',
        remedy: 'Change its permissions, or choose a folder that you may write to.',
      };
    default:
      return { code: 'output-not-writable', remedy: 'Choose another location.' };
  }
}

/** What was being done when the file system failed. */
export interface FileWork {
  /** Default: `read`. */
  readonly doing?: 'create' | 'read' | 'write';
  /** What the file or folder is, for the message: `The training log`. Default: its path alone says it. */
  readonly what?: string;
  /** What to do about it. For a full disk and for too many open files, only the remedy of that is given. Default: as the reason is. */
  readonly remedy?: string | Wording;
}

const doneWords = { create: 'created', read: 'read', write: 'written' } as const;

/**
 * Returns an error of the file system as one that a user can act on, and any other error unchanged.
 *
 * The codes are `file-not-found`, `file-not-readable` and `input-invalid` (a folder) when something was to be read,
 * `output-not-writable` and `insufficient-disk` when it was to be written, and `too-many-open-files`.
 *
 * @example
 * await readFile(path).catch((error: unknown) => { throw fileError(error, path); });
 */
export function fileError(error: unknown, path: string, options: FileWork = {}): unknown {
  const systemCode = systemErrorCode(error);
  if (systemCode === undefined || error instanceof LatentSyncError) return error;
  const { doing = 'read', what } = options;
  const name = what === undefined ? printable(path) : `${what} ${printable(path)}`;
  if (doing === 'read' && saysAbsent(error)) {
    return new LatentSyncError('file-not-found', `${name} does not exist.`, {
      remedy: options.remedy ?? 'Check the path.',
      cause: error,
    });
  }
  const { code, remedy } = doing === 'read' ? readingFault(systemCode) : writingFault(systemCode);
  const reason = reasons[systemCode] ?? printable(messageOf(error));
  const isFixed = code === 'insufficient-disk' || code === 'too-many-open-files';
  return new LatentSyncError(code, `${name} cannot be ${doneWords[doing]}: ${reason}.`, {
    remedy: isFixed ? remedy : joinWording(options.remedy ?? remedy),
    cause: error,
  });
}
