/** A problem detail (RFC 9457) as the API sends it; status 0: the API could not be reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    /** The id by which the server's log tells what happened, if it says one. */
    readonly traceId: string | null = null,
  ) {
    super(detail)
  }
}

/** The problem that an answer holds. */
export async function problem(answer: Response): Promise<ApiError> {
  const traceId = answer.headers.get('X-Trace-Id')
  return problemOf(answer.status, await answer.json().catch(() => null), traceId)
}

/** The problem that an answer with this JSON is. */
export function problemOf(
  status: number,
  told: { code?: string; detail?: string } | null,
  traceId: string | null = null,
): ApiError {
  const detail = told?.detail ?? `the answer was ${status}`
  return new ApiError(status, told?.code ?? 'unexpected', detail, traceId)
}
