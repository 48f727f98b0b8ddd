/** The token with which this browser asks, kept for the tab, or for longer when somebody wants that. */

const NAME = 'lector-token'
const listeners = new Set<() => void>()

export function token(): string | null {
  return sessionStorage.getItem(NAME) ?? localStorage.getItem(NAME)
}

export function signIn(secret: string, stay: boolean): void {
  forget() // an older one in the other place would be asked first
  ;(stay ? localStorage : sessionStorage).setItem(NAME, secret)
  listeners.forEach((listener) => listener())
}

/** Signs in with the code that the page's address may hold, and takes it out of the address. */
export async function signInByAddress(): Promise<void> {
  const code = new URLSearchParams(location.hash.slice(1)).get('code')
  if (!code) return
  history.replaceState(null, '', location.pathname + location.search)
  const headers = { Authorization: `Bearer ${code}` }
  const answer = await fetch('/sign-in', { method: 'POST', headers }).catch(() => null)
  // Without a token the page asks for one.
  if (answer?.ok) signIn((await answer.json()).token, false)
}

/** The page is loaded anew, so that nothing stays of what was seen or begun. */
export function signOut(): void {
  forget()
  location.reload()
}

function forget() {
  sessionStorage.removeItem(NAME)
  localStorage.removeItem(NAME)
}

export function onChange(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function authorization(): Record<string, string> {
  const secret = token()
  return secret ? { Authorization: `Bearer ${secret}` } : {}
}
