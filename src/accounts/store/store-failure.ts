import { RotaError, type StoreProblem } from '../../failure.ts';

/** @param message a whole sentence that names the thing and the way on */
export function storeFailure(problem: StoreProblem, message: string, cause?: unknown): RotaError {
  return new RotaError({ kind: 'store', problem, message }, { cause });
}

/** The code of a file system error, for instance `ENOENT`. */
export function fileErrorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
