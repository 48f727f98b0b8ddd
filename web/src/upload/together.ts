import { ApiError } from '../api/client'
import { authorization } from '../api/session'
import { folderOf } from './folder'
import { post } from './post'
import { patiently, said, type Reading, type Sent } from './send'

/** Larger files gain nothing by company, and go up by themselves. */
export const SMALL = 256 * 1024
/** Proxies with a usual limit of 1 MiB let so much pass. */
const MOST_BYTES = 960 * 1024
const MOST_FILES = 100
/** Refusals of the request as a whole, before any file was made: alone they may be taken. */
const ONE_BY_ONE = [400, 404, 405, 408, 413, 422]

export interface SendingTogether {
  files: File[]
  key: string
  reading: Reading
  /** How much of each file is on its way. */
  progress: (sent: number[]) => void
  cut: (isCut: boolean) => void
  signal: AbortSignal
}

/** A file, or why it was refused. */
export type Outcome = Sent | { refused: ApiError }

/** How many of these files, from the first one on, go up in one request. */
export function howMany(files: File[]): number {
  let bytes = 0
  const end = files.findIndex(
    ({ size }, at) => size > SMALL || at === MOST_FILES || (bytes += size) > MOST_BYTES,
  )
  return end < 0 ? files.length : end
}

/** Send small files in one request; network cuts are waited out, and nothing is made twice. */
export async function sendTogether(sending: SendingTogether): Promise<Outcome[]> {
  const { files, key, reading, signal } = sending
  const headers = { ...authorization(), 'Idempotency-Key': key }
  const told = (loaded: number) => sending.progress(shares(files, loaded))
  const answer = await patiently(sending, () =>
    post('/v1/files/batch', form(files, reading), headers, told, signal),
  )
  const { results } = answer as { results: Result[] }
  return results.map(({ file, found, error }) =>
    file
      ? { id: file.id, ...(found && { found }) }
      : { refused: new ApiError(error!.status, error!.code, error!.detail) },
  )
}

interface Result {
  file?: { id: string }
  found?: boolean
  error?: Problem
}

interface Problem {
  status: number
  code: string
  detail: string
}

/** What they are called stands in a text, as it is: a form has no way to say any name. */
function form(files: File[], reading: Reading): FormData {
  const made = new FormData()
  for (const [name, value] of Object.entries(said(reading))) made.append(name, String(value))
  if (!reading.again) made.append('again', 'false')
  made.append(
    'files',
    JSON.stringify(files.map((file) => ({ name: file.name, ...folderOf(file) }))),
  )
  files.forEach((file, at) => made.append('file', file, String(at)))
  return made
}

/** How the bytes that have left are shared out: the files go one behind the other. */
function shares(files: File[], loaded: number): number[] {
  return files.map(({ size }) => {
    const share = Math.min(size, Math.max(loaded, 0))
    loaded -= size
    return share
  })
}

/** Whether files that were refused together may be taken one by one. */
export const goAlone = (error: unknown): boolean =>
  error instanceof ApiError && ONE_BY_ONE.includes(error.status)

/** Whether this is a Lector of before, that takes no files together. */
export const knowsNoBatches = (error: unknown): boolean =>
  error instanceof ApiError &&
  ([404, 405].includes(error.status) || error.code === 'unknown_option')
