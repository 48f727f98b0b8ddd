/** Figures as people read them, in their language. */

export function bytes(count: number, language: string): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte']
  const power = Math.min(Math.floor(Math.log10(Math.max(count, 1)) / 3), units.length - 1)
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: units[power]!,
    unitDisplay: power ? 'short' : 'long',
    maximumFractionDigits: power > 1 ? 1 : 0,
  }).format(count / 1000 ** power)
}

/** US dollars: with as many digits as a small sum needs; a dash where nobody knows. */
export function cost(usd: number | null, language: string): string {
  if (usd === null) return '–'
  const digits = usd === 0 || usd >= 1 ? 2 : Math.min(6, Math.ceil(-Math.log10(usd)) + 1)
  return new Intl.NumberFormat(language, {
    style: 'currency',
    currency: 'USD',
    minimumFractionDigits: Math.max(2, digits),
    maximumFractionDigits: Math.max(2, digits),
  }).format(usd)
}

export function duration(seconds: number, language: string): string {
  const number = (value: number, digits = 0) =>
    value.toLocaleString(language, { maximumFractionDigits: digits })
  if (seconds < 1) return `${number(seconds * 1000)} ms`
  if (seconds < 60) return `${number(seconds, 1)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${number(Math.floor(seconds % 60))} s`
  return `${number(Math.floor(minutes / 60))} h ${minutes % 60} min`
}

/** A time that is only guessed: in minutes, unless it is shorter than one. */
export function roughly(seconds: number, language: string): string {
  return duration(
    seconds < 60 ? Math.ceil(seconds) : Math.ceil(seconds / 60) * 60,
    language,
  ).replace(/ 0 s$/, '')
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['second', 60],
  ['minute', 60],
  ['hour', 24],
  ['day', 30],
  ['month', 12],
]

/** How long ago a moment was; one that is still to come, by a clock that is behind, is now. */
export function ago(moment: string, now: number, language: string): string {
  let value = Math.min(0, (Date.parse(moment) - now) / 1000)
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' })
  for (const [unit, count] of STEPS) {
    if (Math.abs(Math.round(value)) < count) return format.format(Math.round(value), unit)
    value /= count
  }
  return format.format(Math.round(value), 'year')
}

export function moment(time: string, language: string): string {
  return new Date(time).toLocaleString(language, { dateStyle: 'medium', timeStyle: 'medium' })
}

/** A moment of today by the clock alone, any other with its date. */
export function clock(time: string, now: number, language: string): string {
  const then = new Date(time)
  return then.toDateString() === new Date(now).toDateString()
    ? then.toLocaleTimeString(language, { timeStyle: 'short' })
    : then.toLocaleString(language, { dateStyle: 'medium', timeStyle: 'short' })
}

/** Seconds between two moments; up to now while there is no second. */
export function between(from: string | null, to: string | null, now: number): number | null {
  return from ? Math.max(0, ((to ? Date.parse(to) : now) - Date.parse(from)) / 1000) : null
}
