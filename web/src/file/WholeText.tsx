import { makeStyles, tokens } from '@fluentui/react-components'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useRef } from 'react'
import { Link } from 'react-router'
import { asked, type Doubt, type LectorFile, type Provenance } from '../api/client'
import { DoubtNotice } from '../reading/DoubtNotice'
import { type Drawn, PageText } from '../reading/PageText'
import { SourceButton } from '../reading/SourceButton'
import { mayBeRendered, useWantedForm } from '../reading/useTextForm'
import { CopyButton } from '../shared/CopyButton'
import { useSeen } from '../shared/hooks'
import { Asking } from '../shared/States'
import { useText } from '../text'

interface PagePart {
  number: number
  start: number
  end: number
  provenance: Provenance
  doubts: Doubt[]
}

interface Whole {
  text: string
  pages: PagePart[]
}

const useStyles = makeStyles({
  bar: { margin: '12px 0', display: 'flex', gap: '8px', flexWrap: 'wrap' },
  paper: {
    maxWidth: '80ch',
    padding: '16px 24px',
    backgroundColor: tokens.colorNeutralBackground1,
    borderRadius: tokens.borderRadiusLarge,
  },
  heading: {
    fontSize: tokens.fontSizeBase300,
    color: tokens.colorNeutralForeground2,
    margin: '24px 0 8px',
  },
})

/** The text of all pages that are read so far. */
export function WholeText({ file }: { file: LectorFile }) {
  const t = useText()
  const styles = useStyles()
  const whole = useQuery({
    queryKey: ['pages', file.id, 'text', file.progress.read],
    queryFn: async () =>
      (await asked(`/v1/files/${file.id}/text?format=json`)).json() as Promise<Whole>,
  })
  const pages = useMemo(() => (whole.data ? textsOf(whole.data) : []), [whole.data])
  const form = useWantedForm(pages.some(({ provenance, text }) => mayBeRendered(provenance, text)))
  if (!whole.data) return <Asking query={whole} />
  if (!pages.length) return <p>{t.file.noText}</p>
  return (
    <>
      <Asking query={whole} />
      <div className={styles.bar}>
        {form.canBeRendered && <SourceButton form={form} />}
        <CopyButton text={whole.data.text.replaceAll('\f', '\n\n')} />
      </div>
      <article className={styles.paper}>
        {pages.map((page) => (
          <section key={page.number} id={`page-${page.number}`}>
            <h2 className={styles.heading}>
              <Link to={`/files/${file.id}/pages/${page.number}`}>
                {t.common.page(page.number)}
              </Link>
            </h2>
            <DoubtNotice doubts={page.doubts} />
            <TextOfPage page={page} isRendered={form.isRendered} />
          </section>
        ))}
      </article>
    </>
  )
}

type PageWithText = PagePart & { text: string }

/** Pages with their parts of the whole text, of which offsets count code points. */
function textsOf({ text, pages }: Whole): PageWithText[] {
  const points = [...text]
  return pages.map((page) => ({ ...page, text: points.slice(page.start, page.end).join('') }))
}

const NONE: never[] = []
const nothing = () => undefined

/** A page's text, which is drawn once it comes into sight: a book would take seconds. */
function TextOfPage({ page, isRendered }: { page: PageWithText; isRendered: boolean }) {
  const frame = useRef<HTMLDivElement>(null)
  const drawn = useRef<Drawn>(null)
  const isSeen = useSeen(frame)
  const { text, provenance } = page
  return (
    <div ref={frame}>
      <PageText
        text={text}
        provenance={provenance}
        hits={NONE}
        spots={NONE}
        chosen={null}
        from={null}
        choose={nothing}
        isRendered={isRendered && isSeen && mayBeRendered(provenance, text)}
        drawn={drawn}
      />
    </div>
  )
}
