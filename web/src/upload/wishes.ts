import type { Reader, Retry } from '../api/client'

/** What is asked of pages, and where their text is to be from. */
export type Wishes = Omit<Retry, 'pages' | 'language'>

/** Whether somebody says who is to read, or how: pages are read then, whatever text they carry. */
export function asksModel({ reader, prompt, model, describe }: Wishes): boolean {
  return Boolean(reader || prompt?.trim() || model?.trim() || describe)
}

/** Whether somebody wrote an amount of money: a number that is not below nothing. */
export function isAmount(text: string): boolean {
  return /^\s*\$?\s*\d+([.,]\d*)?\s*$/.test(text)
}

/** An amount as it is sent; what is none pays for nothing. */
export function amount(text: string): number {
  return isAmount(text) ? Number(text.replace('$', '').replace(',', '.')) : 0
}

type Reading = Pick<Reader, 'name' | 'model' | 'models' | 'honours'>

/** What a reader does not look at. */
export function unheeded({ honours, models }: Reading): ('prompt' | 'model' | 'describe')[] {
  const looksAt = { prompt: honours.prompt, model: models.length > 0, describe: honours.describe }
  return (['prompt', 'model', 'describe'] as const).filter((wish) => !looksAt[wish])
}

/** A reader as it is offered; its model is not said twice. */
export function nameWithModel({ name, model }: Reading): string {
  return model && model !== name ? `${name} (${model})` : name
}

/** Wishes as they are sent: without what says nothing, and none that exclude each other. */
export function toSend<Some extends Wishes>(wishes: Some): Partial<Some> {
  const { text_layer, ...others } = wishes
  const kept = asksModel(wishes) ? others : wishes
  return Object.fromEntries(
    Object.entries(kept).filter(([, value]) => (typeof value === 'string' ? value.trim() : value)),
  ) as Partial<Some>
}
