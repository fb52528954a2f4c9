import type { ErrorCode } from "./generated";

/** What can go wrong before the server could answer, beside the codes of the contract. */
export type FailureCode = ErrorCode | "UNREACHABLE" | "INVALID_REQUEST";

/** A failure with a code and a sentence; `fields` names the inputs that were refused. */
export class ApiError extends Error {
  constructor(
    readonly code: FailureCode,
    message: string,
    readonly fields: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = "ApiError";
  }
}

/** The typed errors that mutations answer with, as the generated unions see them. */
export interface Refusal {
  code: ErrorCode;
  message: string;
  fields?: ReadonlyArray<{ field: string; message: string }>;
}

export function refusalToError(refusal: Refusal): ApiError {
  const fields = Object.fromEntries((refusal.fields ?? []).map((one) => [one.field, one.message]));
  return new ApiError(refusal.code, refusal.message, fields);
}
