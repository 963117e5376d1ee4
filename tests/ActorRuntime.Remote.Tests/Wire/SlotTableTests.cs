using ActorRuntime.Remote.Wire;
using ActorRuntime.Util;

namespace ActorRuntime.Remote.Tests.Wire;

public sealed class SlotTableTests
{
    [Fact]
    public void Reader_always_knows_what_the_writer_means()
    {
        for (var seed = 0UL; seed < 100; seed++)
        {
            var random = new Prng(seed);
            var size = 1 + (int)(random.Next() % 16);
            var (writer, reader) = (new SlotWriter<string>(size), new SlotReader<string>(size));
            for (var step = 0; step < 500; step++)
            {
                var value = "v" + random.Next() % 40;
                var slot = writer.Find(value);
                if (slot < 0)
                {
                    slot = writer.Assign(value);
                    if (random.Chance(10))
                    {
                        writer.Forget(slot); // The message was not sent: the reader never hears of it.
                        continue;
                    }
                    reader.Set(slot, value);
                }
                Assert.True(reader.Get(slot) == value, $"seed {seed}, step {step}");
            }
        }
    }

    [Fact]
    public void Slots_never_assigned_or_out_of_bounds_are_refused()
    {
        var reader = new SlotReader<string>(4);
        reader.Set(2, "x");
        Assert.Throws<WireException>(() => reader.Get(1));
        Assert.Throws<WireException>(() => reader.Get(3));
        Assert.Throws<WireException>(() => reader.Set(4, "y"));
    }
}
