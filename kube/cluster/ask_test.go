package cluster

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestASlowServerIsWaitedForAsLongAsItAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		round, answered, stop := patient(t.Context())
		defer stop()
		for range 5 {
			time.Sleep(askTime - time.Second)
			require.NoError(t, round.Err())
			answered()
		}
		<-round.Done()
		require.ErrorIs(t, context.Cause(round), errSilent)

		whole, answered, stop := patient(t.Context())
		defer stop()
		for range 2 * askWhole / askTime {
			time.Sleep(askTime / 2)
			answered()
		}
		synctest.Wait()
		assert.ErrorIs(t, whole.Err(), context.DeadlineExceeded)
	})
}
