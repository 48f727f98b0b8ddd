import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components'
import { useQueries } from '@tanstack/react-query'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef } from 'react'
import { Link } from 'react-router'
import type { LectorFile, Page } from '../api/client'
import { AT_ONCE, pageRowsQuery } from '../api/queries'
import { SmallImage } from '../shared/SmallImage'
import { useText } from '../text'
import { NARROW } from './Sides'

const ROW_PX = 138
const WIDTH_PX = 180

const useStyles = makeStyles({
  frame: {
    flex: 'none',
    width: '112px',
    marginRight: '12px',
    overflowY: 'auto',
    scrollbarWidth: 'thin',
    [NARROW]: { display: 'none' },
  },
  all: { position: 'relative' },
  row: {
    position: 'absolute',
    left: '4px',
    right: '8px',
    height: `${ROW_PX - 8}px`,
    marginTop: '4px',
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    gap: '2px',
    color: tokens.colorNeutralForeground2,
    fontSize: tokens.fontSizeBase200,
    textDecorationLine: 'none',
    borderRadius: tokens.borderRadiusMedium,
    ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  current: {
    color: tokens.colorNeutralForeground1,
    fontWeight: tokens.fontWeightSemibold,
    backgroundColor: tokens.colorNeutralBackground1Selected,
  },
  paper: {
    flex: '1 1 0',
    minHeight: 0,
    width: '86px',
    marginTop: '4px',
    overflow: 'hidden',
    backgroundColor: tokens.colorNeutralBackground3,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  image: { height: '100%' },
})

interface Shown {
  file: LectorFile
  number: number
  /** The address of another page. */
  pathOf: (number: number) => string
}

/** The pages of a file as small pictures, of which only those in sight are asked for. */
export function Strip({ file, number, pathOf }: Shown) {
  const t = useText()
  const styles = useStyles()
  const frame = useRef<HTMLElement>(null)
  const rows = useVirtualizer({
    count: file.page_count ?? 0,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW_PX,
    initialOffset: Math.max(0, (number - 2) * ROW_PX),
    overscan: 2,
  })
  useEffect(() => rows.scrollToIndex(number - 1), [rows, number])
  const inSight = rows.getVirtualItems()
  const parts = [...new Set(inSight.map(({ index }) => Math.floor(index / AT_ONCE)))]
  const found = useQueries({ queries: parts.map((part) => pageRowsQuery(file.id, part)) })
  const pages = new Map(
    found.flatMap(({ data }) => data?.pages ?? []).map((page) => [page.number, page]),
  )
  return (
    <nav ref={frame} className={styles.frame} aria-label={t.reading.strip}>
      <div className={styles.all} style={{ height: rows.getTotalSize() }}>
        {inSight.map(({ index, start }) => (
          <Link
            key={index}
            to={pathOf(index + 1)}
            replace
            aria-current={index + 1 === number ? 'page' : undefined}
            className={mergeClasses(styles.row, index + 1 === number && styles.current)}
            style={{ top: start }}
          >
            <Small fileId={file.id} number={index + 1} page={pages.get(index + 1)} />
          </Link>
        ))}
      </div>
    </nav>
  )
}

/** A page's picture and number, with what is the matter with it. */
function Small({
  fileId,
  number,
  page,
}: {
  fileId: string
  number: number
  page?: Page | undefined
}) {
  const t = useText()
  const styles = useStyles()
  return (
    <>
      <span className={styles.paper}>
        {page?.image && (
          <SmallImage
            className={styles.image}
            fileId={fileId}
            number={number}
            version={page.finished_at ?? page.rendered_at}
            width={WIDTH_PX}
          />
        )}
      </span>
      <span>{t.common.page(number)}</span>
      {page?.status === 'failed' && <span>{t.pageStatus.failed}</span>}
      {page && page.doubts.length > 0 && <span>{t.doubts.look}</span>}
    </>
  )
}
