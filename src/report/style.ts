// The look of a page to keep: the table of a cartographer, in paper and in ink, and on paper as it comes out of a printer. Its colours are those
// of the app (renderer/look/tokens.css); a test holds the two together.

export interface Palette {
  readonly [token: string]: string;
}

export const paper: Palette = {
  ground: '#f6f2e9',
  panel: '#fbf8f1',
  rule: '#ddd5c5',
  contour: '#9a8f79',
  ink: '#1f262d',
  text: '#3a434c',
  muted: '#68665f',
  accent: '#1c6a94',
  good: '#2c6e49',
  collapse: '#ad4906',
};
export const ink: Palette = {
  ground: '#12161b',
  panel: '#171c22',
  rule: '#2a333d',
  contour: '#6f8496',
  ink: '#ece6da',
  text: '#cfd3d4',
  muted: '#8f9aa5',
  accent: '#7cc4e8',
  good: '#7cc9a0',
  collapse: '#ff9a3d',
};

const declared = (palette: Palette): string =>
  Object.entries(palette)
    .map(([token, colour]) => `--${token}:${colour}`)
    .join(';');

export const style = `:root{color-scheme:light dark;${declared(paper)}}
@media screen and (prefers-color-scheme:dark){:root{${declared(ink)}}}
*{box-sizing:border-box}
html{background:var(--ground);color:var(--text);font:15px/1.5 'Source Sans 3','Source Sans Pro','Segoe UI','Noto Sans','Open Sans','Helvetica Neue',sans-serif;
-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{max-width:70rem;margin:0 auto;padding:2.5rem 2rem 4rem;overflow-wrap:anywhere}
h1,h2,h3,h4{margin:0;color:var(--ink);font-weight:600;line-height:1.25;text-wrap:balance}
h1{font-size:1.9rem;letter-spacing:-.01em}
h2{font-size:1.2rem}
h3{font-size:1rem}
h4{font-size:.95rem}
.cause>h4{margin-top:.9rem}
p{margin:0;max-width:44rem;text-wrap:pretty}
ul,ol,dl{margin:0;padding:0;list-style:none}
a{color:var(--accent)}
.number,code,pre{font-family:'IBM Plex Mono',ui-monospace,'SFMono-Regular',Menlo,Consolas,'DejaVu Sans Mono',monospace;font-size:.86em;
font-variant-numeric:tabular-nums}
.muted{color:var(--muted)}
.small{font-size:.87rem;line-height:1.45}
.collapse{color:var(--collapse)}
.good{color:var(--good)}
.above{margin-bottom:.35rem;color:var(--muted);font-size:.87rem}
.lead{margin-top:.75rem;font-size:1.1rem;color:var(--ink)}
.first::first-letter{text-transform:uppercase}
header.top{padding-bottom:1.5rem}
section{padding:1.5rem 0;border-top:1px solid var(--rule)}
section>h2{margin-bottom:.75rem}
.stack{display:grid;gap:.75rem}
.columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,21rem),1fr));gap:1.5rem 2.5rem}
.cause{padding:1rem 0 .5rem}
.cause+.cause{border-top:1px solid var(--rule)}
.cause>header{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;align-items:baseline;justify-content:space-between;margin-bottom:.25rem}
.warning+.warning{margin-top:1.5rem}
.warning>p{margin-bottom:.35rem}
.warning>.columns{margin-top:.75rem}
.bars svg{max-width:36rem}
.reasons{margin-top:.5rem}
.sure{display:inline-flex;gap:.6rem;align-items:center;white-space:nowrap}
.sure svg{display:block}
.signs{display:grid;gap:.15rem;max-width:44rem;margin:.6rem 0}
.signs li{display:grid;grid-template-columns:1.1rem 1fr}
.signs .against{color:var(--muted)}
.cures{counter-reset:cure;display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr));gap:1rem 2.5rem;margin-top:.75rem}
.cures li{counter-increment:cure;display:grid;gap:.25rem;align-content:start}
.cures h4::before{content:counter(cure) '. ';color:var(--muted);font-weight:400}
pre{margin:0;padding:.6rem .75rem;border:1px solid var(--rule);border-radius:3px;background:var(--panel);color:var(--ink);white-space:pre-wrap;
line-height:1.5}
.cures pre{padding:.3rem .55rem}
pre .part{display:inline-block;max-width:100%;vertical-align:top}
pre .name{white-space:nowrap}
figure{margin:0}
figcaption{margin-bottom:.35rem;color:var(--ink);font-weight:600}
figcaption .muted{font-weight:400}
figure img{display:block;max-width:100%;height:auto;border:1px solid var(--rule);border-radius:3px}
img.pixels{image-rendering:pixelated}
svg.chart{display:block;width:100%;height:auto;overflow:visible}
svg text{fill:var(--muted);font:11px 'IBM Plex Mono',ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace}
svg .grid{stroke:var(--rule)}
svg .line{fill:none;stroke:var(--ink);stroke-width:1.1;stroke-linejoin:round}
svg .beside{stroke:var(--accent);stroke-width:1.5}
svg .bar{fill:var(--accent)}
svg .dead{fill:var(--contour)}
svg text.dead,svg text.warned{fill:var(--collapse)}
svg text.ink{fill:var(--ink)}
svg .mark{stroke:var(--contour);stroke-dasharray:3 3}
svg .mark.warned{stroke:var(--collapse)}
svg .here{stroke:var(--ink);stroke-width:1}
.key{display:inline-block;width:1.1rem;height:0;margin:0 .35rem .25rem 0;border-top:2px solid var(--ink)}
.key.beside{border-color:var(--accent)}
table{width:100%;border-collapse:collapse}
caption{padding:0 0 .35rem;color:var(--ink);font-weight:600;text-align:left}
th,td{padding:.3rem 0 .3rem 1rem;text-align:right;vertical-align:baseline;font-weight:400}
th:first-child,td:first-child{padding-left:0;text-align:left}
thead th{color:var(--muted);font-size:.87rem;vertical-align:bottom}
tbody tr{border-top:1px solid var(--rule)}
table.figures{table-layout:fixed}
.figures th:nth-child(2){width:15rem}
.figures th:nth-child(3){width:7rem}
td.number{color:var(--ink);white-space:nowrap}
table.beside{table-layout:fixed}
.beside td.number{white-space:normal}
.params th:first-child{width:15rem}
td.words,th.words{text-align:left}
td.not{color:var(--muted)}
.wide{overflow-x:auto}
summary{cursor:pointer;color:inherit}
summary::marker{color:var(--muted)}
details>:not(summary){margin-top:.3rem}
details .stack{gap:.25rem;padding:0 0 .5rem 1.05rem}
dl.facts{display:grid;grid-template-columns:minmax(8rem,max-content) 1fr;gap:.2rem 1.5rem}
dl.facts dt{color:var(--muted)}
dl.facts dd{margin:0;color:var(--ink)}
.marks{display:grid;gap:.15rem;margin-top:.75rem}
.marks li{display:grid;grid-template-columns:2.2rem 6.5rem 1fr}
footer{padding-top:1.5rem;border-top:1px solid var(--rule)}
.caveats{margin-top:1rem;padding-left:.9rem;border-left:2px solid var(--collapse)}
.sides{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,18rem),1fr));gap:1.5rem 2rem}
.sides>div{display:grid;gap:.75rem;align-content:start}
@media (max-width:40rem){.figures th:nth-child(2){width:8rem}.figures th:nth-child(3){width:5rem}td.number{white-space:normal}body{padding:1.25rem 1rem 3rem}}
@media print{@page{margin:16mm 14mm}html{font-size:10.5pt;background:#fff}body{max-width:none;padding:0}
section{padding:.9rem 0}h2,h3,h4,caption,thead,figcaption,.lead,.cause>header{break-after:avoid}
thead,tbody tr:first-child,footer{break-before:avoid}figure,tr,.cures li,.signs li,.warning,pre{break-inside:avoid}
.wide{overflow:visible}.tables{display:block}.tables>table+table{margin-top:1.5rem}.columns,.sides{gap:1rem 1.5rem}
.plot{max-height:62mm;width:auto}.cures p,.signs,p{max-width:none}
summary{list-style:none}summary::marker{content:none}details.reasons{display:none}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`;
