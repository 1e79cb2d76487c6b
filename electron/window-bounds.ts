// Where the window was, kept across starts; forgotten when the screen it was on is gone.
import { readFileSync, writeFileSync } from 'node:fs';
import { screen, type BrowserWindow, type Rectangle } from 'electron';

const usual = { width: 1440, height: 900 };

export function restoreBounds(file: string): Partial<Rectangle> {
  try {
    const kept = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    const [x, y, width, height] = ['x', 'y', 'width', 'height'].map((name) => kept[name]);
    if (typeof x !== 'number' || typeof y !== 'number' || typeof width !== 'number' || typeof height !== 'number') return usual;
    const isSeen = screen.getAllDisplays().some(({ workArea }) => {
      const overlapX = Math.min(x + width, workArea.x + workArea.width) - Math.max(x, workArea.x);
      const overlapY = Math.min(y + height, workArea.y + workArea.height) - Math.max(y, workArea.y);
      return overlapX > 100 && overlapY > 100;
    });
    return isSeen ? { x, y, width, height } : usual;
  } catch {
    return usual; // the first start, or a torn file: nothing worth telling anyone
  }
}

export function keepBounds(window: BrowserWindow, file: string): void {
  window.on('close', () => {
    try {
      writeFileSync(file, JSON.stringify(window.getNormalBounds()));
    } catch (error) {
      console.error('could not keep the window’s place:', error);
    }
  });
}
