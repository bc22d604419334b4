import { Trans, useLingui } from '@lingui/react/macro'
import { useParams } from 'wouter'
import { Bone, Loading } from '../../../kit/pane/bone.tsx'
import { Pane } from '../../../kit/pane/frame.tsx'
import { Note } from '../../../kit/pane/message.tsx'
import { useNow } from '../../../kit/time/clock.tsx'
import { dateText, dayOf } from '../../../kit/time/people-time.ts'
import { usePaper } from '../../data/papers.ts'
import type { Paper } from '../../data/types.ts'
import { FaultMessage } from '../../parts/fault-message.tsx'
import { FileLink } from '../../parts/file-link.tsx'
import { Go } from '../../parts/go.tsx'
import { usePaperNames, usePeriodText } from '../../parts/paper-name.tsx'
import { Screen } from '../../parts/screen.tsx'
import { ActPane } from './act-pane.tsx'
import { Failed } from './failed.tsx'
import { Letter } from './letter.tsx'
import { SlipPane } from './slip-pane.tsx'
import styles from './document.module.css'

/** C8 and C9: one document, from the asking to the file. */
export function PaperScreen() {
  const { t } = useLingui()
  const { id = '' } = useParams()
  const paper = usePaper(id)
  const names = usePaperNames()
  const data = paper.data
  const title = data ? names[data.kind] : t`Документ`
  const wall = data?.state === 'ready' ? (data.kind === 'statement' || data.kind === 'bill' ? 'lit' : undefined) : 'dark'
  return (
    <Screen guide="screen.document" title={title} layout="single" {...(wall && { wall })}>
      <Pane guide="document" aria-busy={paper.isPending || undefined}>
        {data ? (
          <One paper={data} title={title} away={paper.isRefetchError} />
        ) : paper.error ? (
          <FaultMessage
            place="document.fault"
            title={t`Документ не загрузился`}
            missing={[t`Такого документа здесь нет`, t`Документы хранятся месяц. Запросите его ещё раз в разделе «Документы».`]}
            level={1}
            error={paper.error}
            onRetry={() => {
              void paper.refetch()
            }}
          />
        ) : (
          <>
            <Loading />
            <h1>
              <Bone characters={16} />
            </h1>
          </>
        )}
      </Pane>
    </Screen>
  )
}

function One({ paper, title, away }: { paper: Paper; title: string; away: boolean }) {
  const period = usePeriodText()(paper)
  return (
    <div className={styles.document}>
      <div className={styles.head}>
        <Go guide="document.back" to={`/documents?account=${paper.account_id}`}>
          <Trans>Все документы</Trans>
        </Go>
        <h1>{title}</h1>
        {period && <p className={styles.period}>{period}</p>}
      </div>
      {paper.state === 'asked' && <Asked away={away} />}
      {paper.state === 'failed' && <Failed paper={paper} />}
      {paper.state === 'ready' && <Ready paper={paper} />}
    </div>
  )
}

function Asked({ away }: { away: boolean }) {
  return (
    <div role="status" className={styles.asked}>
      <p className={styles.waiting}>
        <Trans>Готовим документ</Trans>
      </p>
      <progress className={styles.progress} aria-hidden="true" />
      <p>
        <Trans>
          Обычно это несколько секунд, за год — до минуты. Страницу можно закрыть: документ появится в разделе
          «Документы».
        </Trans>
      </p>
      {away && (
        <Note tone="waiting" icon="offline" live>
          <Trans>Сервер не отвечает, спросим ещё раз сами</Trans>
        </Note>
      )}
    </div>
  )
}

function Ready({ paper }: { paper: Paper }) {
  switch (paper.kind) {
    case 'slip':
      return (
        <SlipPane paper={paper}>
          <Until paper={paper} />
        </SlipPane>
      )
    case 'reconciliation':
      return (
        <>
          <Files paper={paper} />
          <ActPane paper={paper} />
        </>
      )
    default:
      return <Files paper={paper} />
  }
}

function Files({ paper }: { paper: Paper }) {
  return (
    <>
      <div className={styles.files}>
        <FileLink guide="document.pdf" look="main" document={paper.id} form="pdf">
          <Trans>Скачать PDF</Trans>
        </FileLink>
        {paper.kind === 'statement' && (
          <>
            <FileLink guide="document.xlsx" document={paper.id} form="xlsx">
              <Trans>Таблица XLSX</Trans>
            </FileLink>
            <FileLink guide="document.csv" document={paper.id} form="csv">
              <Trans>Таблица CSV</Trans>
            </FileLink>
          </>
        )}
        <Letter paper={paper} />
      </div>
      <Until paper={paper} />
    </>
  )
}

/** When the document goes: its file cannot be had any more then. */
function Until({ paper }: { paper: Paper }) {
  const { i18n } = useLingui()
  const date = dateText(dayOf(paper.expires_at), useNow(3_600_000), i18n.locale)
  return (
    <p className={styles.until}>
      <Trans>Скачать можно до {date}, потом документ удалится сам: его всегда можно запросить снова.</Trans>
    </p>
  )
}
