import { makeStyles, MessageBar, MessageBarBody, tokens } from '@fluentui/react-components'
import type { components } from '../../client/schema'
import type { LectorFile } from '../api/client'
import { Detail } from '../reading/DoubtNotice'
import { useSpoken, type Language } from '../text'

type Schemas = components['schemas']

interface Words {
  es: string
  /** Whether the server's own sentence has names or numbers that these words lack. */
  more?: boolean
}

/** Every warning in Spanish; in English the server says it itself. */
const SPANISH: Record<Exclude<Schemas['WarningCode'], 'other'>, Words> = {
  page_count_wrong: {
    es: 'El PDF indica otro número de páginas que el que tiene; se leen las que hay.',
    more: true,
  },
  pages_lost: { es: 'El PDF está dañado: le faltan páginas.', more: true },
  repaired: { es: 'El PDF estaba dañado y se reparó al abrirlo; puede que falte contenido.' },
  extras_unknown: { es: 'El PDF está dañado; no se sabe qué contiene además de sus páginas.' },
  xfa_form: {
    es: 'El PDF contiene un formulario XFA, que no se lee; puede que sus páginas solo pidan esperar.',
  },
  portfolio: {
    es: 'El PDF es una cartera de archivos; puede que sus páginas sean solo la portada.',
  },
  attachments: { es: 'El PDF lleva adjuntos otros archivos, que no se leen.', more: true },
  hidden_layers: { es: 'El PDF tiene capas desactivadas, que no se leen.', more: true },
  other_images: { es: 'El archivo contiene varias imágenes; solo se lee la principal.' },
  animated: { es: 'La imagen es animada; solo se lee su primera imagen.' },
  pages_not_there: { es: 'Se pidieron páginas que el archivo no tiene.', more: true },
  reader_lacks: {
    es: 'El lector de este archivo no puede cumplir todo lo que se pidió.',
    more: true,
  },
}

/** What is said of a warning: in words of the page's language, and what the server says beyond that. */
export function warningWords(
  { code, detail }: Schemas['FileWarning'],
  language: Language,
): { what: string; detail: string | null } {
  if (language !== 'es' || code === 'other') return { what: sentence(detail), detail: null }
  const { es, more } = SPANISH[code]
  return { what: es, detail: more ? sentence(detail) : null }
}

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1).replace(/\.?$/, '.')

const useStyles = makeStyles({
  message: { margin: '8px 0' },
  list: { margin: `2px 0 ${tokens.spacingVerticalXS}`, padding: 0, listStyleType: 'none' },
})

/** What a person should know of a file that is read all the same. */
export function Warnings({ file }: { file: LectorFile }) {
  const { language } = useSpoken()
  const styles = useStyles()
  const { warnings = [] } = file // of a Lector of the version before there are none
  if (!warnings.length) return null
  return (
    <MessageBar className={styles.message} intent="warning" layout="multiline">
      <MessageBarBody>
        <ul className={styles.list}>
          {warnings.map((warning, index) => {
            const { what, detail } = warningWords(warning, language)
            return (
              <li key={index}>
                <span lang={warning.code === 'other' ? 'en' : undefined}>{what}</span>
                <Detail detail={detail} />
              </li>
            )
          })}
        </ul>
      </MessageBarBody>
    </MessageBar>
  )
}
