import type { CostQuestion, Reader, Retry } from '../api/client'

/** What is asked of pages, and where their text is to be from. */
export type Wishes = Omit<Retry, 'pages' | 'password' | 'include_corrected'>

/** Whether somebody says who is to read, or how: pages are read then, whatever text they carry. */
export function asksModel({ reader, prompt, model, describe }: Wishes): boolean {
  return Boolean(reader || prompt?.trim() || model?.trim() || describe)
}

/** Whether somebody wrote an amount of money: a number that is not below nothing. */
export function isAmount(text: string): boolean {
  return /^\s*\$?\s*\d+([.,]\d*)?\s*$/.test(text)
}

const MOST_DAYS = 36_500

/** Whether a file can be kept for so many days. */
export function isDays(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= MOST_DAYS
}

/** What was typed into fields of its own, as it was typed. */
export interface Typed {
  /** In US dollars. */
  max_cost?: string
  /** For how many days a file is kept. */
  keep_days?: string
}

/** Fields that hold what is no value of theirs: nothing is sent before they are put right. */
export function wrongFields({ max_cost, keep_days }: Typed): (keyof Typed)[] {
  const wrong: (keyof Typed)[] = []
  if (max_cost && !isAmount(max_cost)) wrong.push('max_cost')
  if (keep_days && !isDays(keep_days)) wrong.push('keep_days')
  return wrong
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

/** Wishes without those that a reader does not look at, or a model or language that it lacks: they
 * would be refused. */
export function heeded(wishes: Wishes, reader: HeedingReader | undefined): Wishes {
  if (!reader) return wishes
  const none = Object.fromEntries(unheeded(reader).map((wish) => [wish, NOTHING[wish]]))
  const { languages, honours, models } = reader
  const has = honours.language && (!languages || languages.includes(wishes.language ?? ''))
  const takes = !wishes.model || models.includes(ANY) || models.includes(wishes.model)
  return { ...wishes, ...none, ...(!takes && { model: null }), ...(!has && { language: null }) }
}

/** Among the models of a reader: any, by its name. */
export const ANY = '*'

type HeedingReader = Reading & Pick<Reader, 'languages'>

const NOTHING = { prompt: null, model: null, describe: false }

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

/** Who read pages before, and by which model: so they are read again where nobody says otherwise. */
export type Before = Pick<Wishes, 'reader' | 'model'>

/** What holds where nobody says otherwise; another reader has its own model. */
function staying({ reader, model }: Before, wishes: Wishes): Before {
  return wishes.reader ? {} : { ...(reader && { reader }), ...(model && { model }) }
}

/** What reading so many pages takes, as the API is asked; `free` of them carry their text. */
export function costQuestion(
  pages: number,
  wishes: Wishes,
  free?: number,
  before: Before = {},
): CostQuestion {
  const said = Object.entries(toSend(wishes)).filter(([name]) => COUNTS.includes(name))
  return {
    pages,
    ...(free !== undefined && { text_layer_pages: free }),
    ...staying(before, wishes),
    ...Object.fromEntries(said),
  }
}

/** The wishes on which it depends what pages cost. */
const COUNTS = ['prompt', 'model', 'describe', 'reader', 'text_layer']
