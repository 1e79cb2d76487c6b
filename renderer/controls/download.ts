// Hands a file made by the page to the browser, which asks where to or puts it among the downloads.
const KEPT_MS = 1000;

export function download(name: string, blob: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS);
}
