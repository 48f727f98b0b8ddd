import createClient from 'openapi-fetch'
import type { components, paths } from './schema'
import { authorization } from './session'

type Schemas = components['schemas']
export type LectorFile = Schemas['File']
export type FileStatus = Schemas['FileStatus']
export type Page = Schemas['Page']
export type PageStatus = Schemas['PageStatus']
export type WholePage = Schemas['WholePage']
export type Version = Schemas['Version']
export type Doubt = Schemas['Doubt']
export type Provenance = Schemas['Provenance']
/** How pages are to be read again; what is left out stays as it was. */
export type Reader = Schemas['Reader']
export type Retry = Schemas['Retry']
export type DoubtedPage = Schemas['DoubtedPage']
export type TextLayerUse = Schemas['TextLayerUse']
export type VerifyUse = Schemas['VerifyUse']
export type OnDoubt = Schemas['OnDoubt']
export type Hit = Schemas['Hit']
export type Me = Schemas['Me']
export type AnnouncedFile = Schemas['AnnouncedFile']

const OPEN: readonly FileStatus[] = ['announced', 'uploaded', 'reading']
/** Whether more will become of a file by itself. */
export const isOpen = ({ status }: Pick<LectorFile, 'status'>) => OPEN.includes(status)

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

export const api = createClient<paths>({ baseUrl: location.origin, fetch: asked })

/** What an answer holds; its problem, if it has one, is thrown. */
export async function sent<Data>(answer: Promise<{ data?: Data }>): Promise<Data> {
  return (await answer).data as Data
}

/** An answer of the API, asked for with the token; a problem is thrown. */
export async function asked(request: Request | string): Promise<Response> {
  const wanted = new Request(request)
  for (const [name, value] of Object.entries(authorization())) wanted.headers.set(name, value)
  const answer = await fetch(wanted).catch(() => {
    throw new ApiError(0, 'unreachable', 'Lector cannot be reached')
  })
  if (!answer.ok) throw await problem(answer)
  return answer
}

async function problem(answer: Response): Promise<ApiError> {
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
