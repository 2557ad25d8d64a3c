/** Whether a place in a stack or profile is not the reader's: of Node, of a library, of Aktis itself. */
export function isForeign(place: string): boolean {
  return /node:|node_modules|\/(?:core|actors|transport|cluster)\/(?:bundle|dist)\//.test(place);
}
