import { Field, Input, makeStyles, Select } from '@fluentui/react-components'
import { useState } from 'react'
import type { Reader } from '../api/client'
import { useReaders } from '../api/queries'
import { useSpoken, useText } from '../text'
import { heeded, nameWithModel, unheeded, type Wishes } from './wishes'

const useStyles = makeStyles({
  // As wide as its place, however long an option is.
  full: { minWidth: 0, width: '100%' },
})

interface Asked {
  wishes: Wishes
  change: (wishes: Wishes) => void
  disabled: boolean
}

/** Who reads: the one that was chosen, else the one that is set up; unknown while nobody has said. */
export function useChosenReader({ reader }: Wishes): Reader | undefined {
  const readers = useReaders().data?.readers ?? []
  return reader ? readers.find(({ name }) => name === reader) : readers.find((one) => one.default)
}

export function ReaderPicker({ wishes, change, disabled }: Asked) {
  const t = useText()
  const styles = useStyles()
  const readers = (useReaders().data?.readers ?? []).filter(({ ready }) => ready !== false)
  const usual = readers.find((reader) => reader.default)
  const chosen = useChosenReader(wishes)
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
        <option value="">{usual ? t.upload.usualReader(usual.name) : t.upload.asSetUp.name}</option>
        {readers.map((reader) => (
          <option key={reader.name} value={reader.name}>
            {nameWithModel(reader)}
          </option>
        ))}
      </Select>
    </Field>
  )
}

const ANY = '*'

/** Another model of the reader's endpoint: one of those that it names, or any by its name. */
export function ModelPicker({ wishes, change, disabled }: Asked) {
  const t = useText()
  const models = useChosenReader(wishes)?.models ?? [ANY]
  const off = disabled || models.length === 0
  const choose = (model: string) => change({ ...wishes, model })
  return (
    <Field label={t.upload.model} {...(disabled && { hint: t.upload.notWithAlways })}>
      {models.includes(ANY) || off ? (
        <Input
          disabled={off}
          value={wishes.model ?? ''}
          onChange={(_, { value }) => choose(value.trim())}
        />
      ) : (
        <Select value={wishes.model ?? ''} onChange={(_, { value }) => choose(value)}>
          <option value="">{t.upload.ownModel}</option>
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

interface LanguageAsked extends Omit<Asked, 'disabled'> {
  /** What holds where none is chosen: it is found out, or as it was before. */
  unsaid: 'found' | 'before'
}

/** The language of the pages: of those that the reader has. */
export function LanguagePicker({ wishes, change, unsaid }: LanguageAsked) {
  const { t, language } = useSpoken()
  const reader = useChosenReader(wishes)
  const [typing, setTyping] = useState(false)
  const had = reader?.languages ?? USUAL
  const chosen = wishes.language ?? ''
  const all = chosen && !typing && !had.includes(chosen) ? [...had, chosen] : had
  const off = reader?.honours.language === false
  const choose = (code: string) => change({ ...wishes, language: code })
  const pick = (value: string) => {
    setTyping(value === OTHER)
    choose(value === OTHER ? '' : value)
  }
  return (
    <Field label={t.upload.languageOption} {...(off && { hint: t.upload.languageUnheeded })}>
      <Select
        disabled={off}
        value={typing ? OTHER : chosen}
        onChange={(_, { value }) => pick(value)}
      >
        <option value="">{t.upload.languages[unsaid]}</option>
        {named(all, language).map(([code, name]) => (
          <option key={code} value={code}>
            {name}
          </option>
        ))}
        {!reader?.languages && <option value={OTHER}>{t.upload.languageOther}</option>}
      </Select>
      {typing && (
        <Input
          aria-label={t.upload.languageCode}
          placeholder="de-AT"
          value={chosen}
          onChange={(_, { value }) => choose(value.trim())}
        />
      )}
    </Field>
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
