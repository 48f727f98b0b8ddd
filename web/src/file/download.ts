import { asked } from '../api/client'

export type Form = 'text' | 'markdown' | 'json' | 'pdf'

/** Have the browser keep a file's text in one of its forms; asked for with the token. */
export async function download(id: string, form: Form): Promise<void> {
  const answer = await asked(`/v1/files/${id}/text?format=${form}`)
  const url = URL.createObjectURL(await answer.blob())
  const link = document.createElement('a')
  link.href = url
  link.download = nameIn(answer.headers.get('Content-Disposition')) ?? `${id}.${form}`
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

/** The file name in a Content-Disposition header (RFC 6266, the UTF-8 form). */
export function nameIn(header: string | null): string | null {
  const encoded = header?.match(/filename\*=UTF-8''([^;]+)/)?.[1]
  return encoded ? decodeURIComponent(encoded) : null
}
