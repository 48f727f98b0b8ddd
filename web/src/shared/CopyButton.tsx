import { Button } from '@fluentui/react-components'
import { CheckmarkRegular, CopyRegular } from '@fluentui/react-icons'
import { useState } from 'react'
import { useText } from '../text'

interface Shown {
  text: string | (() => string)
  label?: string
  size?: 'small' | 'medium'
}

/** Copies a text, and says that it did. */
export function CopyButton({ text, label, size = 'medium' }: Shown) {
  const t = useText()
  const [copied, setCopied] = useState(false)
  if (!('clipboard' in navigator)) return null // browsers keep it from pages that came without https
  const copy = async () => {
    await navigator.clipboard.writeText(typeof text === 'string' ? text : text())
    setCopied(true)
    setTimeout(() => setCopied(false), 2000)
  }
  return (
    <Button
      size={size}
      icon={copied ? <CheckmarkRegular /> : <CopyRegular />}
      onClick={() => void copy()}
      aria-live="polite"
    >
      {copied ? t.common.copied : (label ?? t.common.copy)}
    </Button>
  )
}
