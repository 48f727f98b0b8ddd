import { Button, makeStyles, MessageBar, MessageBarBody, Text } from '@fluentui/react-components'
import { ArrowDownloadRegular } from '@fluentui/react-icons'
import { useMutation } from '@tanstack/react-query'
import { Link, useSearchParams } from 'react-router'
import type { LectorFile } from '../api/client'
import { usePages } from '../api/queries'
import { Detail } from '../reading/DoubtNotice'
import { explained, retryHelps } from '../reading/reasons'
import { Problem } from '../shared/States'
import { useSpoken } from '../text'
import { downloadOriginal } from './download'

const useStyles = makeStyles({
  message: { margin: '8px 0' },
  ways: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '4px 16px' },
  original: { paddingLeft: 0, fontSize: 'inherit', textDecorationLine: 'underline' },
})

/** Why a file, or some of its pages, failed; the one thing that can help; and where there is more. */
export function Failure({ file }: { file: LectorFile }) {
  const { t, language } = useSpoken()
  const styles = useStyles()
  const failed = useFailedPages(file)
  const helps = useRetryHelps(file)
  if (!file.error_code && !file.error) return null
  const why = explained(file, language)
  // Where all pages failed for one reason, that is what there is to know.
  const shared = failed.length && new Set(failed.map((page) => page.error_code)).size === 1
  const { what, advice } = shared ? explained(failed[0]!, language) : why
  return (
    <MessageBar
      className={styles.message}
      intent={file.status === 'failed' ? 'error' : 'warning'}
      layout="multiline"
    >
      <MessageBarBody>
        {shared ? `${why.what} ${what}` : what} {advice && <Text italic>{advice}</Text>}{' '}
        {helps && file.error_code === 'pages_failed' && !shared && (
          <Text italic>{t.file.retryReads}</Text>
        )}
        {/* How many pages failed stands above. */}
        <Detail detail={file.error_code === 'pages_failed' ? null : (why.detail ?? null)} />
        {file.status !== 'cancelled' && <Ways file={file} name={t.file.moreAbout} />}
      </MessageBarBody>
    </MessageBar>
  )
}

/** Whether reading a file once more may end differently; each failed page has a reason of its own. */
export function useRetryHelps(file: LectorFile): boolean {
  const failed = useFailedPages(file)
  if (file.error_code !== 'pages_failed') return retryHelps(file.error_code)
  return !failed.length || failed.some((page) => retryHelps(page.error_code))
}

/** The pages for which a file is said to have failed; none while they are not all known. */
function useFailedPages(file: LectorFile) {
  const list = usePages(file.id, 'failed', file.error_code === 'pages_failed')
  if (file.error_code !== 'pages_failed' || list.hasNextPage) return []
  return list.data?.pages.flatMap(({ pages }) => pages) ?? []
}

/** What else there is about a file that failed. */
function Ways({ file, name }: { file: LectorFile; name: string }) {
  const { t } = useSpoken()
  const styles = useStyles()
  const [query] = useSearchParams()
  const get = useMutation({ mutationFn: () => downloadOriginal(file.id) })
  const tab = query.get('tab')
  return (
    <>
      <nav aria-label={name} className={styles.ways}>
        {file.uploaded_at && (
          <Button
            appearance="transparent"
            size="small"
            className={styles.original}
            icon={<ArrowDownloadRegular />}
            disabled={get.isPending}
            onClick={() => get.mutate()}
          >
            {t.file.original}
          </Button>
        )}
        {(['timeline', 'events'] as const).map(
          (other) =>
            other !== tab && (
              <Link key={other} to={{ search: `tab=${other}` }} replace>
                {t.file[other]}
              </Link>
            ),
        )}
      </nav>
      {get.error && <Problem error={get.error} />}
    </>
  )
}
