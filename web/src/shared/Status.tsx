import { Badge } from '@fluentui/react-components'
import {
  ArrowSyncRegular,
  ArrowUploadRegular,
  CheckmarkCircleRegular,
  ClockRegular,
  HourglassRegular,
  DismissCircleRegular,
  ErrorCircleRegular,
  QuestionCircleRegular,
  ImageRegular,
  WarningRegular,
} from '@fluentui/react-icons'
import type { FileStatus, LectorFile, PageStatus } from '../api/client'
import { useText } from '../text'

const FILE = {
  announced: [ArrowUploadRegular, 'informative'],
  uploaded: [ClockRegular, 'informative'],
  waiting: [HourglassRegular, 'warning'],
  reading: [ArrowSyncRegular, 'brand'],
  completed: [CheckmarkCircleRegular, 'success'],
  incomplete: [WarningRegular, 'warning'],
  failed: [ErrorCircleRegular, 'danger'],
  cancelled: [DismissCircleRegular, 'subtle'],
} as const

const PAGE = {
  pending: [ImageRegular, 'informative'],
  rendered: [ClockRegular, 'brand'],
  read: [CheckmarkCircleRegular, 'success'],
  failed: [ErrorCircleRegular, 'danger'],
} as const

/** A file's state, where those that are not finished tell who must act: others before it, or nobody. */
export function stateOf({
  status,
  waiting,
}: Pick<LectorFile, 'status' | 'waiting'>): FileStatus | 'waiting' {
  if (!waiting) return status
  return waiting.code === 'behind_files' ? 'uploaded' : 'waiting'
}

/** A file's state as icon and word. */
export function FileState({
  status,
  small = false,
}: {
  status: FileStatus | 'waiting'
  small?: boolean
}) {
  const t = useText()
  const [Icon, color] = FILE[status]
  return (
    <Badge appearance="tint" color={color} icon={<Icon />} size={small ? 'medium' : 'large'}>
      {status === 'waiting' ? t.files.waiting : t.status[status]}
    </Badge>
  )
}

/** A page's state as icon and word. */
export function PageState({ status }: { status: PageStatus }) {
  const t = useText()
  const [Icon, color] = PAGE[status]
  return (
    <Badge appearance="tint" color={color} icon={<Icon />}>
      {t.pageStatus[status]}
    </Badge>
  )
}

/** Marks a text that something speaks against. */
export function ToLookAt() {
  const t = useText()
  return (
    <Badge appearance="tint" color="warning" icon={<QuestionCircleRegular />}>
      {t.doubts.look}
    </Badge>
  )
}
