/* Ulam from C and from every language that calls C: open a model or bring your own, draw.
 *
 * Every call that can fail returns a status and, where `error` is not null, fills it with one sentence; outputs are then
 * left as they were. No exception leaves the library. Objects belong to the caller, who frees them; a model may be used
 * from several threads at once, draws belong to one. Strings are UTF-8, arrays are rows first and contiguous, numbers
 * of pictures are the model's own (most often -1 to 1). Structs carry their size, so that programs built with an older
 * header go on working: always begin with ulam_default_...(). */
#ifndef ULAM_C_H
#define ULAM_C_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ulam_status {
  ULAM_OK = 0,
  ULAM_OPTION = 1,      /* an unknown name, a value out of range, options that exclude each other */
  ULAM_SHAPE = 2,       /* sizes that do not fit */
  ULAM_FILE = 3,        /* a file whose bytes break the rules of its format */
  ULAM_SYSTEM = 4,      /* the operating system refused: a missing folder, a full disk */
  ULAM_UNSUPPORTED = 5, /* asked of a model that cannot serve it */
  ULAM_NUMERIC = 6,     /* NaN or infinity where the mathematics has none */
  ULAM_BUDGET = 7,      /* the cap does not allow one row */
  ULAM_CANCELLED = 8,   /* progress returned something other than 0 */
  ULAM_MODEL = 9,       /* the caller's own model returned something other than 0 */
  ULAM_OTHER = 10       /* out of memory, a fault of the library */
} ulam_status;

typedef struct ulam_error {
  ulam_status status;
  char sentence[1024]; /* place, value and valid choices; cut where it is longer */
} ulam_error;

typedef struct ulam_model ulam_model; /* immutable */
typedef struct ulam_draws ulam_draws; /* samples with what they cost */

/* "0.1.0" */
const char* ulam_version(void);

/* A folder (a bundle of Ulam, or what diffusers saved), an exact problem by name ("tp1", "ring:width=0.05"), or a
 * problem's .json file. */
ulam_status ulam_open_model(const char* model, ulam_model** out, ulam_error* error);
/* The same, and a bundle too whose network is a program (TorchScript, AOTInductor), which can run any code when it is
 * opened: for files of people whom you trust. ulam_open_model refuses it with ULAM_OPTION. */
ulam_status ulam_open_trusted_model(const char* model, ulam_model** out, ulam_error* error);

/* Predicts from noisy rows. x and out: [rows, shape...] floats; time: [rows], the path's own; label: [rows], null where
 * the model has no classes; the class `classes` means none. Rows must not depend on one another. Returns 0, or anything
 * else to end the draw with ULAM_MODEL. May be called from several threads only if the caller draws in several. */
typedef int (*ulam_forward)(void* user, int64_t rows, const float* x, const double* time, const int64_t* label,
                            float* out);

typedef struct ulam_model_settings {
  size_t size;           /* of this struct */
  const char* name;      /* for sentences */
  const char* path;      /* "edm", "vp", "flow:shift=3", ...: `ulam methods --kind path` lists them */
  const char* prediction; /* what forward answers: "data", "noise", "velocity", "flow", "score", "edm" */
  double sigma_data;     /* of prediction "edm" */
  const int64_t* shape;  /* of one row */
  int rank;              /* numbers in shape, 1 to 8 */
  int classes;           /* 0: none */
  int null_class;        /* not 0: the class `classes` stands for none, as classifier-free guidance needs */
  int row_limit;         /* most rows of a call; 0: any */
  ulam_forward forward;
  void* user;            /* given to forward */
} ulam_model_settings;

/* edm path, data prediction, nothing else. */
void ulam_default_model_settings(ulam_model_settings* settings);
/* A model of the caller's own. Copies the settings; `user` must live as long as the model. */
ulam_status ulam_make_model(const ulam_model_settings* settings, ulam_model** out, ulam_error* error);
void ulam_free_model(ulam_model* model); /* null is allowed */

const char* ulam_model_name(const ulam_model* model); /* lives as long as the model */
int ulam_model_rank(const ulam_model* model);
const int64_t* ulam_model_shape(const ulam_model* model); /* ulam_model_rank() numbers; lives as long as the model */
int ulam_model_classes(const ulam_model* model);

/* Told now and then; returns 0, or anything else to end the draw with ULAM_CANCELLED. */
typedef int (*ulam_progress)(void* user, int64_t done, int64_t total);

/* An energy that samples are to be low in, by its gradient with respect to data estimates. x0 and gradient: [rows,
 * shape...] floats; sigma: [rows], s/a of the states. Rows must not depend on one another. Returns 0, or anything else to
 * end the draw with ULAM_MODEL. */
typedef int (*ulam_energy_gradient)(void* user, int64_t rows, const float* x0, const double* sigma, float* gradient);

typedef struct ulam_request {
  size_t size;          /* of this struct */
  const char* solver;   /* "dpmpp", "heun", "ddim:eta=1", ...: as for `ulam draw --solver`; null: "ddim" */
  const char* grid;     /* null: the solver's, else the path's */
  const char* guide;    /* "cfg:scale=2+pag:strength=0.5"; models in it are folders; null: none */
  const char* plan;     /* file of a plan; then solver, grid and steps are not used; null: none */
  int steps;
  uint64_t seed;
  int64_t count;        /* samples first_id, first_id + 1, ... */
  uint64_t first_id;    /* a sample's noise depends on seed and id alone */
  const int64_t* label; /* [count]; null: none */
  int64_t cap;          /* most evaluations; the draw shrinks to what they allow; 0: no cap */
  ulam_progress progress; /* null: silent */
  void* user;           /* given to progress */
  int trust;            /* not 0: models in guide are opened as by ulam_open_trusted_model */
  ulam_energy_gradient energy_gradient; /* stands after the terms of guide; null: none. Not for models of the caller's own,
                                           which give no gradient */
  double energy_scale;  /* factor on the gradient; below 0: a reward */
  void* energy_user;    /* given to energy_gradient */
} ulam_request;

/* ddim, 18 steps, one sample, seed 0, energy_scale 1. */
void ulam_default_request(ulam_request* request);
/* Evaluations of one sample, known before the draw. */
ulam_status ulam_evaluations(const ulam_model* model, const ulam_request* request, int64_t* out, ulam_error* error);
ulam_status ulam_draw(const ulam_model* model, const ulam_request* request, ulam_draws** out, ulam_error* error);
void ulam_free_draws(ulam_draws* draws); /* null is allowed */

int64_t ulam_draws_count(const ulam_draws* draws); /* fewer than asked for where the cap allowed fewer */
int64_t ulam_draws_row(const ulam_draws* draws);   /* numbers a sample */
const float* ulam_draws_samples(const ulam_draws* draws); /* [count, shape...]; lives as long as the draws */
int64_t ulam_draws_evaluations(const ulam_draws* draws);

#ifdef __cplusplus
}
#endif

#endif
