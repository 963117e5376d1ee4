using ActorRuntime.Remote.Delivery;
using ActorRuntime.Util;

namespace ActorRuntime.Remote.Tests.Delivery;

/// <summary>
/// Goal: exactly once, in order, per incarnation, whatever connections do. Method: outbox and inbox joined by connections that break at any point, losing
/// any suffix of what is under way in both directions.
/// </summary>
[Trait("Requirement", "AR-2")]
public sealed class SystemOutboxTests
{
    [Fact]
    public void Messages_arrive_exactly_once_in_order_over_breaking_connections()
    {
        for (var seed = 0UL; seed < 500; seed++)
        {
            var random = new Prng(seed);
            var (outbox, inbox) = (new SystemOutbox<int>(1000), new SystemInbox());
            var (wire, acknowledgements, delivered) = (new Queue<(long, int)>(), new Queue<long>(), new List<int>());
            const int messages = 60;
            var added = 0;
            for (var step = 0; delivered.Count < messages || outbox.Count > 0; step++)
            {
                Assert.True(step < 100_000, $"seed {seed}: no end");
                switch (random.Next() % 6)
                {
                    case 0 when added < messages: outbox.TryAdd(added++); break;
                    case 1 when outbox.TryTake(out var sequence, out var message): wire.Enqueue((sequence, message)); break;
                    case 2 when wire.TryDequeue(out var arrived):
                        var arrival = inbox.Accept(arrived.Item1);
                        Assert.True(arrival != Arrival.Gap, $"seed {seed}: gap");
                        if (arrival == Arrival.Deliver) delivered.Add(arrived.Item2);
                        acknowledgements.Enqueue(inbox.Delivered);
                        break;
                    case 3 when acknowledgements.TryDequeue(out var acknowledged): Assert.True(outbox.TryAcknowledge(acknowledged), $"seed {seed}"); break;
                    case 4 when random.Chance(10):
                        wire.Clear();
                        acknowledgements.Clear();
                        outbox.Rewind();
                        break;
                    default: break;
                }
            }
            Assert.True(delivered.SequenceEqual(Enumerable.Range(0, messages)), $"seed {seed}: {string.Join(',', delivered)}");
        }
    }

    [Fact]
    public void Full_outbox_refuses_and_acknowledgements_make_room()
    {
        var outbox = new SystemOutbox<int>(2);
        Assert.True(outbox.TryAdd(1));
        Assert.True(outbox.TryAdd(2));
        Assert.False(outbox.TryAdd(3));
        Assert.True(outbox.TryAcknowledge(1));
        Assert.True(outbox.TryAdd(3));
        Assert.False(outbox.TryAcknowledge(4));
    }

    [Fact]
    public void Successor_gets_what_is_kept_under_new_numbers()
    {
        var outbox = new SystemOutbox<int>(10);
        for (var i = 1; i <= 5; i++) outbox.TryAdd(i);
        outbox.TryTake(out _, out _);
        outbox.TryAcknowledge(1);
        Assert.Equal([3, 5], outbox.Restart(i => i % 2 == 0));
        Assert.True(outbox.TryTake(out var sequence, out var message));
        Assert.Equal((1, 2), (sequence, message));
        Assert.False(outbox.TryAcknowledge(3));
    }

    [Fact]
    public void Missing_number_is_a_gap_and_an_old_one_a_duplicate()
    {
        var inbox = new SystemInbox();
        Assert.Equal(Arrival.Gap, inbox.Accept(2));
        Assert.Equal(Arrival.Deliver, inbox.Accept(1));
        Assert.Equal(Arrival.Duplicate, inbox.Accept(1));
    }
}
