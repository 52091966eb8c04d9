/// How a page looks: dark text on light, one column that is as wide as is comfortable to read.
enum PageStyle {
  static let css = """
    :root { color-scheme: light; }
    * { box-sizing: border-box; }
    body {
      margin: 0; background: #ffffff; color: #1f2328; -webkit-text-size-adjust: 100%;
      font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
    }
    main { max-width: 1000px; margin: 0 auto; padding: 32px 20px 64px; overflow-wrap: break-word; }
    h1 { font-size: 1.75rem; line-height: 1.25; margin: 0 0 12px; }
    h2 { font-size: 1.3rem; margin: 48px 0 8px; padding-bottom: 6px; border-bottom: 1px solid #d0d7de; }
    h3 { font-size: 1.05rem; margin: 32px 0 4px; }
    p { max-width: 44em; margin: 8px 0; }
    .box {
      /* Shadows lie at the sides; covers that move with the table hide them where it ends. */
      overflow-x: auto; background-color: #ffffff; background-repeat: no-repeat;
      background-image: linear-gradient(to right, #ffffff 40%, transparent),
        linear-gradient(to left, #ffffff 40%, transparent),
        linear-gradient(to right, #57606a80, transparent),
        linear-gradient(to left, #57606a80, transparent);
      background-position: left, right, left, right;
      background-size: 40px 100%, 40px 100%, 12px 100%, 12px 100%;
      background-attachment: local, local, scroll, scroll;
    }
    table { border-collapse: collapse; font-size: 0.9rem; line-height: 1.4; }
    th, td { text-align: left; vertical-align: top; padding: 6px 14px 6px 0; border-bottom: 1px solid #e3e6ea; }
    th { font-weight: 600; }
    thead th { border-bottom: 2px solid #8c959f; white-space: nowrap; }
    tbody th { font-weight: 500; min-width: 7.5em; }
    td { min-width: 7.5em; overflow-wrap: anywhere; }
    td.prose { min-width: 18em; }
    td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
    td.number { min-width: 0; }
    figure { margin: 12px 0 36px; }
    figure.table { margin: 12px 0 20px; }
    img { display: block; max-width: 100%; height: auto; }
    figcaption { max-width: 44em; margin-top: 4px; color: #424a53; font-size: 0.95rem; }
    .table figcaption { margin: 0 0 6px; color: #57606a; font-size: 0.9rem; }
    .strips { display: flex; flex-wrap: wrap; gap: 20px 16px; margin: 16px 0; }
    .strips figure { margin: 0; }
    .strip { max-width: 304px; }
    .strip > figcaption { margin: 0 0 4px; font-size: 0.9rem; font-weight: 600; }
    .strip > div { display: flex; gap: 8px; }
    .strip > div figure { flex: 0 1 96px; min-width: 0; }
    .strip > div figcaption { font-size: 0.8rem; line-height: 1.3; overflow-wrap: anywhere; }
    .pixels { image-rendering: pixelated; }
    details { margin: 16px 0; border-top: 1px solid #e3e6ea; }
    summary { cursor: pointer; padding: 8px 0; font-weight: 600; }
    .gallery input { position: absolute; opacity: 0; }
    .gallery label {
      display: inline-block; margin: 2px 4px 2px 0; padding: 3px 10px; border: 1px solid #d0d7de;
      border-radius: 14px; font-size: 0.9rem; cursor: pointer;
    }
    .gallery input:checked + label { background: #1f2328; color: #ffffff; }
    .gallery input:focus-visible + label { outline: 2px solid #0072b2; outline-offset: 1px; }
    .gallery details { margin: 0; }
    .gallery p { font-size: 0.95rem; }
    @media (max-width: 640px) { main { padding: 20px 14px 40px; } h1 { font-size: 1.45rem; } thead th { white-space: normal; } }
    @media print { details::details-content { content-visibility: visible; block-size: auto; } }
    """
}
