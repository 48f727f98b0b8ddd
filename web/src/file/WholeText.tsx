import { makeStyles, tokens } from '@fluentui/react-components'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { asked, type Doubt, type LectorFile, type Provenance } from '../api/client'
import { DoubtNotice } from '../reading/DoubtNotice'
import { MarkedText } from '../reading/MarkedText'
import { CopyButton } from '../shared/CopyButton'
import { Loading, Problem } from '../shared/States'
import { useText } from '../text'

interface Whole {
  text: string
  pages: { number: number; start: number; end: number; provenance: Provenance; doubts: Doubt[] }[]
}

const useStyles = makeStyles({
  bar: { margin: '12px 0' },
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
  if (whole.error) return <Problem error={whole.error} again={() => void whole.refetch()} />
  if (!whole.data) return <Loading />
  const { text, pages } = whole.data
  if (!pages.length) return <p>{t.file.noText}</p>
  const points = [...text]
  return (
    <>
      <div className={styles.bar}>
        <CopyButton text={text.replaceAll('\f', '\n\n')} />
      </div>
      <article className={styles.paper}>
        {pages.map(({ number, start, end, provenance, doubts }) => (
          <section key={number} id={`page-${number}`}>
            <h2 className={styles.heading}>
              <Link to={`/files/${file.id}/pages/${number}`}>{t.common.page(number)}</Link>
            </h2>
            <DoubtNotice doubts={doubts} />
            <MarkedText text={points.slice(start, end).join('')} provenance={provenance} />
          </section>
        ))}
      </article>
    </>
  )
}
