import type { Page } from '../api/client'

type Image = NonNullable<Page['image']>

const SPARE_MS = 60_000
const kept = new Map<string, Image>()

/** A page's image under the link that it had before, while that is good: browsers keep it by that. */
export function lasting(fileId: string, page: Page, now: number = Date.now()): Image | null {
  if (!page.image) return null
  const key = `${fileId} ${page.number} ${page.rendered_at}`
  const before = kept.get(key)
  if (before && Date.parse(before.expires_at) - now > SPARE_MS) return before
  kept.set(key, page.image)
  return page.image
}
