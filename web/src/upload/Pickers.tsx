import { Field, Input, makeStyles, Select } from '@fluentui/react-components'
import { useState } from 'react'
import type { Reader } from '../api/client'
import { useReaders } from '../api/queries'
import { useSpoken, useText } from '../text'
import { ANY, heeded, nameWithModel, unheeded, type Before, type Wishes } from './wishes'

const useStyles = makeStyles({
  // As wide as its place, however long an option is.
  full: { minWidth: 0, width: '100%' },
})

interface Asked {
  wishes: Wishes
  change: (wishes: Wishes) => void
  /** Where pages are read again: who read them before. */
  before?: Before | undefined
  disabled: boolean
}

/** Who reads: the one that was chosen, else the one of before, or that is set up; unknown while nobody
 * has said. */
export function useChosenReader(wishes: Wishes, before?: Before): Reader | undefined {
  return readerOf(useReaders().data?.readers ?? [], wishes.reader || before?.reader)
}

const readerOf = (readers: Reader[], name: string | null | undefined) =>
  readers.find((one) => (name ? one.name === name : one.default))

export function ReaderPicker({ wishes, change, before, disabled }: Asked) {
  const t = useText()
  const styles = useStyles()
  const all = useReaders().data?.readers ?? []
  const readers = all.filter(({ ready }) => ready !== false)
  const usual = readerOf(all, before?.reader)
  const usualName = before?.reader || usual?.name
  const kept = before ? t.upload.asBefore : t.upload.usualReader
  const chosen = useChosenReader(wishes, before)
  const lacks = chosen ? unheeded(chosen).map((wish) => t.upload.wishes[wish]) : []
  const lacking = lacks.length > 0 ? t.upload.readerLacks(lacks) : ''
  const hint = disabled ? t.upload.notWithAlways : lacking
  const choose = (name: string) => {
    const reader = name ? readers.find((one) => one.name === name) : usual
    change(heeded({ ...wishes, reader: name || null }, reader))
  }
  return (
    <Field className={styles.full} label={t.upload.reader} {...(hint && { hint })}>
      <Select
        root={{ className: styles.full }}
        className={styles.full}
        disabled={disabled}
        value={wishes.reader ?? ''}
        onChange={(_, { value }) => choose(value)}
      >
        <option value="">{usualName ? kept(usualName) : t.upload.asSetUp.name}</option>
        {readers.map((reader) => (
          <option key={reader.name} value={reader.name}>
            {nameWithModel(reader)}
          </option>
        ))}
      </Select>
    </Field>
  )
}

/** Another model of the reader's endpoint: one of those that it names, or any by its name. */
export function ModelPicker({ wishes, change, before, disabled }: Asked) {
  const t = useText()
  const models = useChosenReader(wishes, before)?.models ?? [ANY]
  const kept = wishes.reader ? null : before?.model
  const usual = kept ? t.upload.asBefore(kept) : t.upload.ownModel
  const off = disabled || models.length === 0
  const choose = (model: string) => change({ ...wishes, model })
  return (
    <Field label={t.upload.model} {...(disabled && { hint: t.upload.notWithAlways })}>
      {models.includes(ANY) || off ? (
        <Input
          disabled={off}
          placeholder={kept ? usual : undefined}
          value={wishes.model ?? ''}
          onChange={(_, { value }) => choose(value.trim())}
        />
      ) : (
        <Select value={wishes.model ?? ''} onChange={(_, { value }) => choose(value)}>
          <option value="">{usual}</option>
          {models.map((model) => (
            <option key={model}>{model}</option>
          ))}
        </Select>
      )}
    </Field>
  )
}

/** Those that most people write; a reader that has any language takes others by their code. */
const USUAL =
  'ar bg bn ca cs da de el en es et eu fa fi fr gl he hi hr hu id is it ja ko lt lv nl no pl pt ro ru sk sl sr sv th tr uk vi zh'.split(
    ' ',
  )
const OTHER = 'other'

/** The language of the pages: of those that the reader has. */
export function LanguagePicker({ wishes, change, before }: Omit<Asked, 'disabled'>) {
  const { t, language } = useSpoken()
  const styles = useStyles()
  const reader = useChosenReader(wishes, before)
  const [other, setOther] = useState(false)
  // a reader with languages of its own takes no other one
  const typing = other && !reader?.languages
  const had = reader?.languages ?? USUAL
  const chosen = wishes.language ?? ''
  const all = chosen && !typing && !had.includes(chosen) ? [...had, chosen] : had
  const off = reader?.honours.language === false
  const choose = (code: string) => change({ ...wishes, language: code })
  const pick = (value: string) => {
    setOther(value === OTHER)
    choose(value === OTHER ? '' : value)
  }
  return (
    <div>
      <Field label={t.upload.languageOption} {...(off && { hint: t.upload.languageUnheeded })}>
        <Select
          disabled={off}
          value={typing ? OTHER : chosen}
          onChange={(_, { value }) => pick(value)}
        >
          <option value="">{t.upload.languages[before ? 'before' : 'found']}</option>
          {named(all, language).map(([code, name]) => (
            <option key={code} value={code}>
              {name}
            </option>
          ))}
          {!reader?.languages && <option value={OTHER}>{t.upload.languageOther}</option>}
        </Select>
      </Field>
      {typing && (
        <Input
          className={styles.full}
          disabled={off}
          aria-label={t.upload.languageCode}
          placeholder="de-AT"
          value={chosen}
          onChange={(_, { value }) => choose(value.trim())}
        />
      )}
    </div>
  )
}

/** Codes with what they are called, sorted by that. */
function named(codes: string[], language: string): [string, string][] {
  const names = new Intl.DisplayNames(language, { type: 'language', fallback: 'code' })
  const nameOf = (code: string) => {
    try {
      return names.of(code) ?? code
    } catch {
      return code // what is being typed is not always a code
    }
  }
  return codes
    .map((code): [string, string] => [code, nameOf(code)])
    .sort(([, one], [, other]) => one.localeCompare(other, language))
}
