// The functions of Pango 1.44 and newer that figures are lettered with.
//
// Declared here: Pango's own package description passes on a flag (-pthread) of which Swift's package manager warns
// at every build. A test lets a C compiler hold these lines against Pango's headers.

#ifndef CSG_PANGO_H
#define CSG_PANGO_H

#define CSG_PANGO_SCALE 1024 // Pango's units a point
#define CSG_PANGO_BOLD 700

#ifndef __PANGO_H__
typedef struct _cairo cairo_t;
typedef struct _cairo_font_options cairo_font_options_t;
typedef struct _PangoLayout PangoLayout;
typedef struct _PangoContext PangoContext;
typedef struct _PangoFont PangoFont;
typedef struct _PangoFontDescription PangoFontDescription;
typedef int gboolean;
typedef void *gpointer;
typedef int PangoWeight; // an enumeration there
#endif

PangoLayout *pango_cairo_create_layout(cairo_t *context);
void pango_cairo_context_set_font_options(PangoContext *context, const cairo_font_options_t *options);
void pango_cairo_update_layout(cairo_t *context, PangoLayout *layout);
void pango_cairo_show_layout(cairo_t *context, PangoLayout *layout);

PangoContext *pango_layout_get_context(PangoLayout *layout);
void pango_layout_context_changed(PangoLayout *layout);
void pango_layout_set_font_description(PangoLayout *layout, const PangoFontDescription *description);
void pango_layout_set_single_paragraph_mode(PangoLayout *layout, gboolean setting);
void pango_layout_set_text(PangoLayout *layout, const char *text, int length);
void pango_layout_get_size(PangoLayout *layout, int *width, int *height);
int pango_layout_get_baseline(PangoLayout *layout);
int pango_layout_get_unknown_glyphs_count(PangoLayout *layout);

void pango_context_set_round_glyph_positions(PangoContext *context, gboolean round);
PangoFont *pango_context_load_font(PangoContext *context, const PangoFontDescription *description);

PangoFontDescription *pango_font_description_new(void);
void pango_font_description_free(PangoFontDescription *description);
void pango_font_description_set_family(PangoFontDescription *description, const char *family);
void pango_font_description_set_weight(PangoFontDescription *description, PangoWeight weight);
void pango_font_description_set_absolute_size(PangoFontDescription *description, double size);
const char *pango_font_description_get_family(const PangoFontDescription *description);
PangoFontDescription *pango_font_describe(PangoFont *font);

void g_object_unref(gpointer object);

#endif
