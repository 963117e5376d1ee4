using ActorRuntime.Persistence.Local.Files;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Persistence.Local.Tests.Files;

/// <summary>Goal: no write that is torn takes back a state that was complete, nor one that was flushed. Method: seeded changes; of what
/// each changes in the file, parts are replaced by rubbish, as a kill in the middle or a power cut leaves them.</summary>
public sealed class StateFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Torn_write_costs_only_itself(ulong seed)
    {
        var random = new Prng(seed);
        var path = _directory.File("state");
        var disk = new LocalDisk();
        StateFile.Create(disk, path, new LogState { Name = "a", LogKey = 1, StoreId = 2, BootId = "boot" });
        using var file = new StateFile(disk, path);
        var (flushed, flushedContent) = (file.Current, File.ReadAllBytes(path));
        for (var step = 1; step < 300; step++)
        {
            var (before, content) = (file.Current, File.ReadAllBytes(path));
            if (random.Chance(20))
            {
                file.Flush();
                (flushed, flushedContent) = (before, content);
                continue;
            }
            if (random.Chance(50)) file.Raise(step, step / 2);
            else file.SetTerm(step);
            var after = File.ReadAllBytes(path);

            // Killed in one of the places it wrote; those after it are as they were.
            var places = Enumerable.Range(0, 4).Where(place => !Place(content, place).SequenceEqual(Place(after, place)))
                .OrderBy(place => LogState.Read(Place(after, place), path)!.Value.Number).ToList();
            var killed = content.ToArray();
            foreach (var place in places)
            {
                Tear(killed, place);
                var left = Read(killed);
                Assert.True(left == before || left == file.Current, $"step {step}: {left}");
                Place(after, place).CopyTo(Place(killed, place));
            }
            Assert.Equal(file.Current, Read(killed));

            // The power was cut: of what was written since the flush nothing is whole.
            var cut = after.ToArray();
            for (var place = 0; place < 4; place++)
            {
                if (!Place(flushedContent, place).SequenceEqual(Place(after, place))) Tear(cut, place);
            }
            Assert.Equal(flushed, Read(cut));
        }

        void Tear(byte[] torn, int place) => Place(torn, place)[(int)(random.Next() % LogState.Length)] ^= (byte)(random.Next() % 255 + 1);
    }

    private static Span<byte> Place(byte[] content, int place) => content.AsSpan(place * 4096, LogState.Length);

    private LogState? Read(byte[] content)
    {
        File.WriteAllBytes(_directory.File("torn"), content);
        return StateFile.Read(_directory.File("torn"));
    }
}
