#pragma once
// The look of the local proxy's pages: light and dark, from a phone's width up. No pictures, no fonts, nothing fetched.

namespace ferry::client {

inline constexpr const char* kPageStyle = R"CSS(
:root{color-scheme:light dark;--page:#f6f7f8;--card:#fff;--text:#1d2329;--soft:#626c76;--line:#e4e7ea;--accent:#18727f;--second:#8fa3b0;
--warn:#b4690e;--stop:#b3362b;--good:#2f7d4f}
@media(prefers-color-scheme:dark){:root{--page:#14181c;--card:#1c2126;--text:#e4e8ec;--soft:#98a3ad;--line:#2d343b;--accent:#4db3c1;
--second:#5d7383;--warn:#e0a458;--stop:#ec7f74;--good:#6cc08d}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:60rem;margin:0 auto;padding:1.25rem 1rem 2rem}
header{display:flex;flex-wrap:wrap;align-items:baseline;gap:.25rem .75rem;margin:0 .25rem 1rem}
h1{font-size:1.25rem;margin:0;letter-spacing:-.01em}
h2{font-size:.95rem;font-weight:600;margin:0 0 .6rem}
h2 small,.soft{color:var(--soft);font-weight:400;font-size:.85rem}
section{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:1rem 1.1rem;margin:0 0 1rem;min-width:0}
.pair{display:grid;grid-template-columns:minmax(0,1fr);gap:0 1rem}
.pair section{display:flex;flex-direction:column}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:1rem 1.5rem}
.figures b{display:block;font-size:1.5rem;font-weight:600;line-height:2.6rem;white-space:nowrap;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.figures b small{font-size:.85rem;font-weight:400;color:var(--soft);letter-spacing:0;line-height:1}
.figures .first b{font-size:2rem}
.budget+.budget{margin-top:.7rem}
.budget div{display:flex;justify-content:space-between;gap:1rem;font-variant-numeric:tabular-nums}
.budget .name{overflow-wrap:anywhere}
.budget .sum{white-space:nowrap}
.budget svg{display:block;width:100%;height:.4rem;border-radius:.2rem;background:var(--line)}
.budget rect{fill:var(--accent)}.budget.near rect{fill:var(--warn)}.budget.reached rect{fill:var(--stop)}
.near .sum{color:var(--warn)}.reached .sum{color:var(--stop);font-weight:600}
.stop{border-color:var(--stop);border-left-width:.3rem}
.plot{display:grid;grid-template-columns:5.2rem 1fr;gap:.6rem}
.plot+.plot{margin-top:.7rem}
.plot.spent{flex:1}
.plot svg{display:block;width:100%;height:100%;min-height:7rem;border-bottom:1px solid var(--second)}
.plot.carried svg{height:3.2rem;min-height:0}
.plot rect{fill:var(--accent)}.plot.carried rect{fill:var(--second)}
.grid{stroke:var(--line);vector-effect:non-scaling-stroke}
.scale,.times{display:flex;justify-content:space-between;color:var(--soft);font-size:.78rem;line-height:1.2;font-variant-numeric:tabular-nums}
.scale{flex-direction:column;text-align:right}
.times{margin:.3rem 0 0 5.8rem}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:right;padding:.34rem 0 .34rem .9rem;border-top:1px solid var(--line);font-weight:400;white-space:nowrap;vertical-align:top}
thead th{color:var(--soft);font-size:.82rem;border-top:0;padding-top:0}
th:first-child,td:first-child{text-align:left;padding-left:0;white-space:normal;overflow-wrap:anywhere;min-width:8rem;width:60%}
.dot{display:inline-block;width:.55rem;height:.55rem;border-radius:50%;background:var(--second);margin-right:.45rem}
.dot.on{background:var(--good)}
.empty{color:var(--soft);margin:0}
a{color:var(--accent)}
footer{color:var(--soft);font-size:.82rem;margin:0 .25rem}
@media(min-width:46rem){.pair{grid-template-columns:repeat(auto-fit,minmax(20rem,1fr))}}
@media(max-width:34rem){.plot{grid-template-columns:1fr;gap:.2rem}.scale{flex-direction:row}.scale span+span{display:none}.times{margin-left:0}
.more{display:none}.figures b{font-size:1.3rem}.figures .first b{font-size:1.6rem}.plot svg{height:7rem}
.stack tr{display:flex;flex-wrap:wrap;border-top:1px solid var(--line);padding:.3rem 0}.stack thead tr{border-top:0;padding:0}
.stack th,.stack td{border-top:0;padding:.1rem 0;flex:1 1 0}.stack th:first-child{display:none}.stack td:first-child{flex:0 0 100%}}
)CSS";

}  // namespace ferry::client
