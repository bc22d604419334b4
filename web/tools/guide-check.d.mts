export interface SourceIds {
  found: { id: string; place: string }[]
  wrong: string[]
}
export function readSource(file: string, text: string): SourceIds
export function checkSources(sources: ReadonlyMap<string, string>): { ids: string[]; wrong: string[] }
export function sourcesOf(folders: readonly string[]): Map<string, string>
export function main(folders: readonly string[], print?: (line: string) => void): 0 | 1
