import { ApiError, problemOf } from '../api/client'

/** A POST of a form to the API that tells how far it is; `fetch` cannot. Returns the JSON of the answer. */
export function post(
  path: string,
  form: FormData,
  headers: Record<string, string>,
  progress: (sent: number) => void,
  signal: AbortSignal,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', path)
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
    request.upload.onprogress = (event) => progress(event.loaded)
    request.onload = () => {
      const answer = parsed(request.responseText)
      if (request.status < 300 && answer) resolve(answer)
      else reject(problemOf(request.status, answer))
    }
    request.onerror = () => reject(new ApiError(0, 'unreachable', 'Lector cannot be reached'))
    request.onabort = () => reject(new DOMException('aborted', 'AbortError'))
    signal.addEventListener('abort', () => request.abort(), { once: true })
    request.send(form)
  })
}

function parsed(text: string): Record<string, string> | null {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
