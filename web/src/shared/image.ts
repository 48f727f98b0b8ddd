import type { CSSProperties } from 'react'
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

/** The size of an image after it was turned so that it stands upright. */
export function uprightSize({ width_px, height_px }: Image, degrees: number) {
  return degrees % 180 ? { width_px: height_px, height_px: width_px } : { width_px, height_px }
}

/** Turns an image clockwise within the box, a size container, that it fills. */
export function uprightStyle(degrees: number): CSSProperties | undefined {
  if (!degrees) return undefined
  const [width, height] = degrees % 180 ? ['100cqh', '100cqw'] : ['100cqw', '100cqh']
  const transform = `translate(-50%, -50%) rotate(${degrees}deg)`
  return { position: 'absolute', left: '50%', top: '50%', width, height, transform }
}
