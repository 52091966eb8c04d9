#include <hdf5.h>

// Swift cannot import macros that expand to expressions: one function for each that is used.
static inline hid_t chdf5_native_float(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t chdf5_native_double(void) { return H5T_NATIVE_DOUBLE; }
static inline hid_t chdf5_native_uint8(void) { return H5T_NATIVE_UINT8; }
static inline hid_t chdf5_native_int32(void) { return H5T_NATIVE_INT32; }
static inline hid_t chdf5_native_int64(void) { return H5T_NATIVE_INT64; }
static inline hid_t chdf5_native_uint64(void) { return H5T_NATIVE_UINT64; }
static inline hid_t chdf5_c_string(void) { return H5T_C_S1; }
static inline hid_t chdf5_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t chdf5_dataset_create(void) { return H5P_DATASET_CREATE; }
static inline hid_t chdf5_dataset_access(void) { return H5P_DATASET_ACCESS; }
static inline hid_t chdf5_file_create(void) { return H5P_FILE_CREATE; }
static inline hid_t chdf5_group_create(void) { return H5P_GROUP_CREATE; }
static inline unsigned chdf5_read_only(void) { return H5F_ACC_RDONLY; }
static inline unsigned chdf5_read_write(void) { return H5F_ACC_RDWR; }
static inline unsigned chdf5_exclusive(void) { return H5F_ACC_EXCL; }

static inline hsize_t chdf5_unlimited(void) { return H5S_UNLIMITED; }

// What the library says of the last failed call on this thread: its most specific sentence.
static inline herr_t chdf5_keep_sentence(unsigned number, const H5E_error2_t *error, void *text) {
  if (number == 0 && error->desc) {
    char *to = (char *)text;
    const char *from = error->desc;
    for (int i = 0; i + 1 < 1024 && *from; i++) *to++ = *from++;
    *to = 0;
  }
  return 0;
}
// Writes it to `text`, which holds 1024 bytes; leaves that alone where there is none.
static inline void chdf5_error_text(char *text) {
  (void)H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, chdf5_keep_sentence, text);
}

// Versioned names are macros too.
typedef herr_t (*chdf5_link_visitor)(const char *name, int is_hard, void *context);
typedef struct {
  chdf5_link_visitor visit;
  void *context;
} chdf5_visitor;
static inline herr_t chdf5_visit_one(hid_t group, const char *name, const H5L_info_t *info,
                                     void *data) {
  (void)group;
  const chdf5_visitor *visitor = (const chdf5_visitor *)data;
  return visitor->visit(name, info->type == H5L_TYPE_HARD, visitor->context);
}
static inline herr_t chdf5_visit_links(hid_t file, chdf5_link_visitor visit, void *context) {
  chdf5_visitor visitor = {visit, context};
  return H5Lvisit(file, H5_INDEX_NAME, H5_ITER_INC, chdf5_visit_one, &visitor);
}
// 1 where the link is a hard one, 0 where it leads elsewhere, below 0 where there is none.
static inline int chdf5_is_hard(hid_t file, const char *name) {
  H5L_info_t info;
  if (H5Lget_info(file, name, &info, H5P_DEFAULT) < 0) return -1;
  return info.type == H5L_TYPE_HARD;
}
