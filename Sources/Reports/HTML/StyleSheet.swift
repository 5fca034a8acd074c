/// How a page looks: on a narrow and a wide screen, in light and dark, and on paper.
enum StyleSheet {
  /// The style sheet; without `<` and `&`, which HTML and XML read differently.
  static let source = themes + marks + layout

  /// The palettes: the reader's choice goes before the system's, paper is always light.
  private static let themes = """
    :root{color-scheme:light;\(Palette.light.css)}
    @media screen and (prefers-color-scheme:dark){\
    :root:not([data-theme=light]){color-scheme:dark;\(Palette.dark.css)}}
    @media screen{:root[data-theme=dark]{color-scheme:dark;\(Palette.dark.css)}}

    """

  /// The colours of curves and levels, and the dashes that tell curves apart without colour.
  private static let marks: String = {
    let dashes = ["none", "7 3", "2 3", "10 3 2 3", "5 2", "1 2"]
    let series = dashes.enumerated().map { index, dash in
      ".s\(index){--mark:var(--s\(index))}.curve.s\(index){stroke-dasharray:\(dash)}"
    }
    let levels = (0..<Palette.levels).map { level in
      ".q\(level){background:var(--q\(level));color:var(--q\(level)-text)}"
    }
    return (series + levels).joined(separator: "\n") + "\n"
  }()

  private static let layout = #"""
    *{box-sizing:border-box}
    html{font:100%/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;
      color:var(--ink);background:var(--paper);scroll-behavior:smooth;
      -webkit-text-size-adjust:100%;font-variant-numeric:tabular-nums lining-nums}
    body{margin:0;overflow-wrap:anywhere}
    .page{max-width:64rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}
    a{color:var(--accent);text-underline-offset:.2em}
    a:focus-visible,button:focus-visible,summary:focus-visible,[tabindex]:focus-visible{
      outline:2px solid var(--accent);outline-offset:3px;border-radius:3px}
    .skip{position:absolute;left:-99rem}
    .skip:focus{left:1rem;top:1rem;background:var(--paper);padding:.5rem 1rem;z-index:2}
    h1,h2,h3,h4{line-height:1.25;text-wrap:balance;font-weight:650;unicode-bidi:plaintext}
    h1{font-size:clamp(1.6rem,1.2rem + 2vw,2.25rem);letter-spacing:-.015em;margin:0 5rem .35rem 0}
    h2{font-size:1.4rem;letter-spacing:-.01em;margin:0 0 .6rem}
    h3{font-size:1.08rem;margin:2.4rem 0 .6rem}
    h4{font-size:.95rem;margin:0 0 .35rem}
    p{margin:.6rem 0;max-width:68ch}
    header{position:relative;margin-bottom:2.5rem}
    .subtitle{font-size:1.08rem;color:var(--muted);margin:0 0 1.8rem}
    .theme{position:absolute;right:0;top:.15rem;font:inherit;font-size:.82rem;color:var(--muted);
      background:none;border:1px solid var(--line);border-radius:99px;padding:.2rem .85rem;
      cursor:pointer}
    .theme:hover{color:var(--ink);border-color:var(--muted)}
    nav ol{list-style:none;margin:0 0 2.5rem;padding:0;display:flex;flex-wrap:wrap;gap:.3rem 1.1rem;
      font-size:.9rem}
    nav a{color:var(--muted);text-decoration:none}
    nav a:hover{color:var(--accent);text-decoration:underline}
    section{padding-top:2.6rem;margin-bottom:2.6rem;border-top:1px solid var(--line);
      scroll-margin-top:1rem}
    .lead{font-size:1.05rem;margin-bottom:1.6rem}
    .note,.notes,.legend,.facts dd+dd,figcaption p{font-size:.86rem;color:var(--muted)}
    .notes{padding-left:1.1rem;margin-top:2rem}
    .notes p{margin:.25rem 0}
    footer{border-top:1px solid var(--line);font-size:.86rem;color:var(--muted);padding-top:.6rem}
    .facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(10.5rem,100%),1fr));
      gap:1.6rem 2rem;margin:1.6rem 0}
    .facts dt{font-size:.86rem;color:var(--muted)}
    .facts dd{margin:.15rem 0 0;line-height:1.45}
    .facts .figure{font-size:1.2rem;font-weight:600;line-height:1.3}
    .figure small{font-size:.92rem;font-weight:400;letter-spacing:0;color:var(--muted);
      display:inline-block}
    .large .figure{font-size:1.55rem;letter-spacing:-.01em}
    .callout{border-left:4px solid var(--accent);background:var(--surface);
      padding:.75rem 1.1rem;margin:1.4rem 0;border-radius:0 6px 6px 0}
    .callout p{margin:.1rem 0}
    .callout.good{border-color:var(--good)}
    .callout.warning{border-color:var(--bad)}
    figure{margin:1.8rem 0 2.2rem}
    figcaption{margin-bottom:.8rem;font-size:.95rem}
    figcaption p{margin:.1rem 0 0}
    figcaption strong,.table>figcaption,.quotation>figcaption{font-weight:600}
    .scroll{overflow-x:auto;max-width:100%;background:
      linear-gradient(to left,var(--paper) 30%,transparent) right/3rem 100% no-repeat local,
      linear-gradient(to left,color-mix(in srgb,var(--ink) 25%,transparent),transparent)
      right/.9rem 100% no-repeat scroll}
    table{border-collapse:collapse;font-size:.9rem;line-height:1.4}
    th,td{padding:.42rem 1.3rem .42rem 0;text-align:left;vertical-align:baseline;font-weight:400;
      unicode-bidi:plaintext;overflow-wrap:break-word;max-width:26rem}
    th:last-child,td:last-child{padding-right:0}
    .scroll table{border-collapse:separate;border-spacing:0}
    .scroll th,.scroll td{white-space:nowrap}
    .scroll .long{white-space:normal;min-width:14rem}
    .scroll tbody th,.scroll tbody td{border-top:1px solid var(--line)}
    .scroll tr>:first-child{position:sticky;left:0;background:var(--paper)}
    thead th{color:var(--muted);font-size:.82rem;vertical-align:bottom}
    th[title]{text-decoration:underline dotted var(--muted);text-underline-offset:.25em;cursor:help}
    .number{text-align:right;white-space:nowrap}
    .scroll th.number{white-space:normal}
    strong{font-weight:650}
    .legend{margin:.9rem 0 0;display:grid;gap:.2rem;max-width:76ch}
    .legend dt{display:inline;color:var(--ink);font-weight:600}
    .legend dt::after{content:" — ";font-weight:400}
    .legend dd{display:inline;margin:0}
    details{margin:.6rem 0}
    summary{cursor:pointer;font-size:.9rem;color:var(--accent);width:fit-content}
    .data{margin-top:.3rem}
    .data summary{font-size:.82rem}
    .data figure{margin:.6rem 0}
    .multiples{display:grid;gap:0 2.4rem;margin:1.8rem 0 0;align-items:start;
      grid-template-columns:repeat(auto-fill,minmax(min(19rem,100%),1fr))}
    .multiples figure{margin:0 0 2rem;min-width:0;display:grid;grid-row:span 3;row-gap:0;
      grid-template-rows:subgrid;grid-template-columns:minmax(0,1fr);align-items:start}
    svg{overflow:visible}
    svg text{fill:var(--muted);font-size:11px}
    .line svg[role=img]{display:block;width:100%;max-width:30rem;height:auto}
    .axes line,.grid{stroke:var(--line)}
    .curve path,.curve line{stroke:var(--mark);stroke-width:1.8;fill:none;stroke-linejoin:round;
      stroke-linecap:round}
    .curve circle{fill:var(--mark)}
    .key{list-style:none;display:flex;flex-wrap:wrap;gap:.15rem 1.1rem;margin:0 0 .6rem;padding:0;
      font-size:.86rem}
    .key svg{margin-right:.45rem;vertical-align:middle}
    .strips .key line{stroke-width:7;stroke-dasharray:none}
    .axis-name{font-size:.78rem;color:var(--muted);margin:0}
    .axis-name.x{text-align:right;max-width:none}
    .line .axis-name.x{max-width:30rem}
    .rows{width:100%;table-layout:fixed}
    .rows th,.rows td{padding:0;vertical-align:middle;max-width:none}
    .rows th:first-child,.rows tfoot td:first-child{width:24%;padding-right:1rem}
    .rows .value,.rows tfoot td:last-child{width:15.5rem;padding-left:1.6rem;white-space:nowrap}
    .rows svg{display:block}
    .rows .plot{padding:0 1rem}
    .summary th,.summary .value{font-weight:650}
    .zero{stroke:var(--muted);stroke-width:1.5}
    .interval{stroke:var(--accent);stroke-width:2.5;stroke-linecap:round}
    .mean{fill:var(--accent);stroke:var(--paper);stroke-width:1.5}
    .strips circle{fill:var(--mark);opacity:.5}
    .strips .box{stroke:var(--mark);stroke-width:13;opacity:.28}
    .median{stroke:var(--ink);stroke-width:2}
    .heat th,.heat td{padding:.5rem .8rem;text-align:center}
    .heat tbody td{border:2px solid var(--paper);min-width:5.2rem;border-radius:4px}
    .heat tbody th{border:0;text-align:right}
    .heat tr:first-child .over{padding-bottom:0}
    .heat .over{color:var(--muted);font-size:.82rem}
    .scale{font-size:.82rem;color:var(--muted);display:flex;gap:.6rem;align-items:center}
    .ramp{display:inline-flex;border-radius:3px;overflow:hidden}
    .ramp span{width:1.25rem;height:.8rem}
    .text{white-space:pre-wrap;background:var(--surface);border-radius:6px;padding:.8rem 1rem;
      font-size:.92rem;line-height:1.65;overflow:hidden;max-width:80ch;margin:.5rem 0}
    ins{background:var(--inserted);text-decoration:underline;text-decoration-color:var(--good);
      text-underline-offset:.18em;border-radius:2px}
    del{background:var(--removed);text-decoration-color:var(--bad);border-radius:2px}
    .change{margin:1.6rem 0 2rem}
    .inline{display:flex;flex-wrap:wrap;gap:.1rem 1.3rem;margin:.35rem 0;font-size:.86rem}
    .inline dt{display:inline;color:var(--muted)}
    .inline dd{display:inline;margin:0 0 0 .4rem;font-weight:600}
    .steps{list-style:none;padding:0;margin:1.4rem 0}
    .steps>li{border-left:2px solid var(--line);padding:.1rem 0 .1rem 1.2rem;margin:0}
    .steps>.accepted{border-color:var(--good)}
    .steps details{margin:0;padding:.35rem 0}
    .steps summary{color:var(--ink)}
    .badge{display:inline-block;min-width:2.6rem;font-weight:650}
    .verdict{color:var(--muted)}
    .accepted .verdict{color:var(--good);font-weight:600}
    .weights ul{list-style:none;margin:.2rem 0 .8rem;padding:0;font-size:.84rem}
    .weights li{display:grid;grid-template-columns:3.6rem 60px minmax(0,1fr);gap:.7rem;
      align-items:center;padding:.1rem 0}
    .weights p{margin:.6rem 0 .1rem}
    .weights rect{fill:var(--accent)}
    .amount{text-align:right}
    .more{border:1px solid var(--line);border-radius:6px;padding:.55rem 1rem;margin:1rem 0}
    @media(min-width:72rem){
      .page{max-width:82rem;display:grid;grid-template-columns:12rem minmax(0,1fr);gap:0 4rem;
        padding-top:4rem}
      header,footer{grid-column:2}
      nav{grid-column:1;grid-row:2}
      main{grid-column:2;grid-row:2}
      nav ol{position:sticky;top:2rem;display:grid;gap:.45rem;padding-top:2.6rem}
    }
    @media(max-width:40rem){
      .page{padding-top:1.5rem}
      .rows,.rows tbody,.rows tfoot{display:block}
      .rows tr{display:flex;flex-wrap:wrap;justify-content:space-between;padding:.3rem 0}
      .rows th:first-child,.rows tfoot td:first-child{width:auto;padding-right:.5rem}
      .rows .plot{order:1;flex:0 0 100%}
      .rows .value,.rows tfoot td:last-child{width:auto;padding-left:0;margin-left:auto}
      .rows th,.rows .value{font-size:.82rem}
      .scroll th,.scroll td{padding-right:.9rem}
      .scroll tr>.long:first-child{min-width:8rem;max-width:10rem}
      .facts{grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:1.3rem 1.4rem}
      .large .figure{font-size:1.3rem}
    }
    @media(prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
    @page{margin:16mm 14mm}
    @media print{
      html{font-size:10pt}
      .page{display:block;max-width:none;padding:0}
      nav,.theme,.skip,.data{display:none}
      p,li,dd{orphans:3;widows:3}
      .line,.heat,.change,.callout,.weights,.legend div,.lead,figcaption,tr{break-inside:avoid}
      h2,h3,h4,figcaption,.lead,.inline,summary{break-after:avoid}
      .scroll{overflow:visible;background:none}
      .scroll table{font-size:8pt}
      .scroll th,.scroll td{padding-right:.6rem;white-space:normal}
      .scroll td.number{white-space:nowrap}
      .scroll .long{min-width:0}
      .scroll tr>:first-child{position:static}
      .wide .scroll table{font-size:6.2pt}
      .wide .scroll th,.wide .scroll td{padding-right:.3rem}
      .wide .scroll thead th{font-size:6pt}
      .key,tbody tr:nth-child(-n+3){break-after:avoid}
      tbody tr:nth-last-child(-n+3){break-before:avoid}
      .facts{grid-template-columns:repeat(auto-fit,minmax(8.2rem,1fr));gap:1rem}
      .large .figure{font-size:1.3rem}
      .multiples{grid-template-columns:1fr 1fr}
      *{print-color-adjust:exact;-webkit-print-color-adjust:exact}
    }
    """#
}
