/** A PUT that tells how far it is; `fetch` cannot. */

export class PutFailed extends Error {
  constructor(readonly status: number) {
    super(`the object store answered ${status}`)
  }
}

/** Headers that browsers set themselves, and do not let others set. */
const OWN = ['content-length']

export function put(
  url: string,
  body: Blob,
  headers: Record<string, string>,
  progress: (sent: number) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('PUT', url)
    for (const [name, value] of Object.entries(headers)) {
      if (!OWN.includes(name.toLowerCase())) request.setRequestHeader(name, value)
    }
    request.upload.onprogress = (event) => progress(event.loaded)
    request.onload = () =>
      request.status < 300 ? resolve() : reject(new PutFailed(request.status))
    request.onerror = () => reject(new PutFailed(0))
    request.onabort = () => reject(new DOMException('aborted', 'AbortError'))
    signal.addEventListener('abort', () => request.abort(), { once: true })
    request.send(body)
  })
}
