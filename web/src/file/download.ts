import { asked } from '../api/client'
import { token } from '../api/session'
import type { Language } from '../text'

export type Form = 'text' | 'markdown' | 'json' | 'pdf' | 'hocr' | 'alto'

/** Have the browser keep a file's text in one of its forms; asked for with the token. */
export async function download(id: string, form: Form): Promise<void> {
  await keep(`/v1/files/${id}/text?format=${form}`, `${id}.${form}`)
}

/** Have the browser keep what was uploaded. */
export async function downloadOriginal(id: string): Promise<void> {
  await keep(`/v1/files/${id}/original`, id)
}

/** Have the browser keep the signed report about a file. */
export async function downloadReport(id: string): Promise<void> {
  await keep(`/v1/files/${id}/report`, `${id}.report.json`)
}

/** Show the report about a file as a page to print; where a token is needed, which no link can send, keep it. */
export async function printReport(id: string, language: Language): Promise<void> {
  const path = `/v1/files/${id}/report?format=html&language=${language}`
  if (token() === null) window.open(path, '_blank', 'noopener')
  else await keep(path, `${id}.report.html`)
}

export type ZipForm = 'text' | 'markdown' | 'pdf' | 'original'

/** The server takes so many files into one zip. */
export const MOST_ZIPPED = 1000

/** Have the browser keep several files in one zip. */
export async function downloadZip(ids: string[], format: ZipForm): Promise<void> {
  const headers = { 'Content-Type': 'application/json' }
  const body = JSON.stringify({ ids, format })
  const url = new URL('/v1/files/zip', location.origin)
  await keep(new Request(url, { method: 'POST', headers, body }), 'lector.zip')
}

async function keep(path: Request | string, otherwise: string): Promise<void> {
  const answer = await asked(path)
  const url = URL.createObjectURL(await answer.blob())
  const link = document.createElement('a')
  link.href = url
  link.download = nameIn(answer.headers.get('Content-Disposition')) ?? otherwise
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

/** The file name in a Content-Disposition header (RFC 6266, the UTF-8 form). */
export function nameIn(header: string | null): string | null {
  const encoded = header?.match(/filename\*=UTF-8''([^;]+)/)?.[1]
  return encoded ? decodeURIComponent(encoded) : null
}
