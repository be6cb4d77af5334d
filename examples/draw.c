/* Plain C: a model of the caller's own (it knows that the data are N(3, 1/4)), drawn from with a solver by name. */
#include "ulam/c.h"

#include <stdio.h>

static int forward(void* user, int64_t rows, const float* x, const double* time, const int64_t* label, float* out) {
  (void)user, (void)label;
  for (int64_t i = 0; i < 4 * rows; ++i) {
    const double s2 = time[i / 4] * time[i / 4];
    out[i] = (float)((x[i] * 0.25 + 3 * s2) / (0.25 + s2)); /* E[x0 | x] on the edm path */
  }
  return 0;
}

int main(void) {
  const int64_t shape[] = {4};
  ulam_error error;
  ulam_model* model = NULL;
  ulam_draws* draws = NULL;
  ulam_model_settings settings;
  ulam_request request;
  double sum = 0;
  int64_t i, count;

  ulam_default_model_settings(&settings);
  settings.shape = shape;
  settings.rank = 1;
  settings.forward = forward;
  ulam_default_request(&request);
  request.solver = "dpmpp";
  request.steps = 12;
  request.count = 500;
  if (ulam_make_model(&settings, &model, &error) != ULAM_OK ||
      ulam_draw(model, &request, &draws, &error) != ULAM_OK) {
    fprintf(stderr, "%s\n", error.sentence);
    ulam_free_model(model);
    return 1;
  }
  count = ulam_draws_count(draws) * ulam_draws_row(draws);
  for (i = 0; i < count; ++i) sum += ulam_draws_samples(draws)[i];
  printf("%lld samples for %lld evaluations, mean %.2f (3.00 is right)\n", (long long)ulam_draws_count(draws),
         (long long)ulam_draws_evaluations(draws), sum / (double)count);
  ulam_free_draws(draws);
  ulam_free_model(model);
  return sum / (double)count > 2.9 && sum / (double)count < 3.1 ? 0 : 1;
}
