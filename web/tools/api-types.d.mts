export function generated(): Promise<Map<string, string>>
export function stale(): Promise<string[]>
