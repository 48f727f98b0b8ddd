import createClient from 'openapi-fetch'
import type { components, paths } from '../../client/schema'
import { ApiError, problem } from '../../client/problem'
import { authorization } from './session'

export { ApiError, problemOf } from '../../client/problem'

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
export type CostQuestion = Schemas['Question']
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

/** Whether a question that is asked again would be refused again; "too many just now" is not so. */
export const isRefusal = (error: unknown) =>
  error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429

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
