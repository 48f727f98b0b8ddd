import type { Retry } from '../api/client'

/** What is asked of pages, and where their text is to be from. */
export type Wishes = Omit<Retry, 'pages'>

/** Whether somebody says how a model is to read: it does then, whatever text a page carries. */
export function asksModel({ prompt, model, describe }: Wishes): boolean {
  return Boolean(prompt?.trim() || model?.trim() || describe)
}

/** Wishes as they are sent: without what says nothing, and none that exclude each other. */
export function toSend<Some extends Wishes>(wishes: Some): Partial<Some> {
  const { text_layer, ...others } = wishes
  const kept = asksModel(wishes) ? others : wishes
  return Object.fromEntries(
    Object.entries(kept).filter(([, value]) => (typeof value === 'string' ? value.trim() : value)),
  ) as Partial<Some>
}
