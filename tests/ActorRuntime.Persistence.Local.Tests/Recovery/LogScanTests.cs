using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Persistence.Local.Files;
using ActorRuntime.Persistence.Local.Recovery;
using ActorRuntime.Persistence.Local.Tests.Faults;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Persistence.Local.Tests.Recovery;

/// <summary>What is believed of a log whose files are not what they were.</summary>
[Trait("Requirement", "SR-5")]
public sealed class LogScanTests : IDisposable
{
    private const string Boot = "boot-1", OtherBoot = "boot-2";

    private readonly TemporaryDirectory _directory = new();
    private readonly Prng _random = new(1);
    private readonly List<Block> _blocks = [];

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Any_flipped_byte_is_found_or_changes_nothing(bool isClosed)
    {
        var path = await WriteAsync(FlushPolicy.GroupCommit, isClosed);
        var whole = Scan(path, Boot);
        Assert.Equal((_blocks.Count, null, null), ((int)whole.Head.Height, whole.Damage, whole.Tail));
        var found = 0;
        foreach (var (file, offset) in Places(whole))
        {
            TestLogs.Flip(file, offset, (byte)(1 << (int)(offset % 8)));
            var state = ReadState(path);
            if (state is null || LogScanOrNewer(path, state.Value, Boot) is not { Damage: null } scan)
            {
                found++;
            }
            else
            {
                Assert.True(scan.Head == whole.Head, $"{file}, offset {offset}: head {scan.Head.Height}");
                Assert.Equal((whole.State.StoreId, whole.State.Term), (scan.State.StoreId, scan.State.Term));
                AssertPrefix(scan);
            }
            TestLogs.Flip(file, offset, (byte)(1 << (int)(offset % 8)));
        }
        Assert.True(found > 3000, $"only {found} flips were found");
    }

    [Fact]
    public async Task After_a_power_cut_any_flipped_byte_is_found_or_costs_only_what_was_not_durable()
    {
        var path = await WriteAsync(FlushPolicy.GroupCommit, isClosed: false);
        var durable = Scan(path, OtherBoot).Durable;
        Assert.InRange(durable, _blocks.Count - 5, _blocks.Count);
        foreach (var (file, offset) in Places(Scan(path, OtherBoot)).Where(place => !place.File.EndsWith("state", StringComparison.Ordinal)))
        {
            TestLogs.Flip(file, offset);
            if (LogScanOrNewer(path, ReadState(path)!.Value, OtherBoot) is { Damage: null } scan)
            {
                Assert.True(scan.Head.Height >= durable, $"{file}, offset {offset}: head {scan.Head.Height}, durable {durable}");
                AssertPrefix(scan);
            }
            TestLogs.Flip(file, offset);
        }
    }

    [Theory]
    [InlineData(3, true)]
    [InlineData(8, true)]
    [InlineData(9, false)]
    [InlineData(10, false)]
    public async Task Frames_behind_a_bad_one_tell_what_was_durable(int bad, bool isDamage)
    {
        var path = _directory.File("a");
        var log = await OpenAsync(path, new StepEnvironment(Boot, 1));
        var state = File.ReadAllBytes(Path.Combine(TestLogs.Folder(path), "state"));
        for (var i = 0; i < 9; i++)
        {
            Append(log, 1);
            await FlushAsync(log);
        }
        Append(log, 1); // Frame 10 says that 9 is durable, and is not flushed itself.
        var copy = _directory.File("b");
        TestLogs.Copy(path, copy);
        File.WriteAllBytes(Path.Combine(TestLogs.Folder(copy), "state"), state); // The state is flushed rarely.

        TestLogs.Flip(TestLogs.Segment(copy, 1), OffsetOf(copy, bad) + Frame.HeaderLength + 3);
        if (bad == 9) TestLogs.Flip(TestLogs.Segment(copy, 1), OffsetOf(copy, 10) + 9);
        var scan = Scan(copy, OtherBoot);

        Assert.Equal(bad - 1, scan.Head.Height);
        Assert.Equal(isDamage, scan.Damage is not null);
        if (isDamage) Assert.Equal((TestLogs.Segment(copy, 1), OffsetOf(path, bad), bad), (scan.Damage!.File, scan.Damage.Offset, scan.Damage.Height));
        else Assert.Equal(bad, scan.Tail!.Height);

        long OffsetOf(string directory, int height) => Scan(path, Boot).Segments[0].Offsets[height - 1];
    }

    [Fact]
    public async Task Missing_segment_is_damage_wherever_it_was()
    {
        var path = await WriteAsync(FlushPolicy.GroupCommit, isClosed: false);
        var segments = Scan(path, OtherBoot).Segments.Select(segment => segment.Path).ToList();
        Assert.True(segments.Count >= 3);
        foreach (var segment in segments)
        {
            File.Move(segment, segment + ".away");
            Assert.NotNull(Scan(path, OtherBoot).Damage);
            Assert.NotNull(Scan(path, Boot).Damage);
            File.Move(segment + ".away", segment);
        }
        Assert.Null(Scan(path, OtherBoot).Damage);
    }

    [Fact]
    public async Task Branch_that_was_truncated_away_stays_away_though_the_segment_that_replaced_it_is_lost()
    {
        var path = _directory.File("log");
        var environment = new StepEnvironment(Boot, 1);
        var log = await OpenAsync(path, environment, FlushPolicy.Process);
        Large();
        Large();
        Append(log, 4); // 1 in the first segment, 2 to 6 in the second.
        log.TruncateAbove(4);
        log.RecordTerm(5);
        Append(log, 1); // Other blocks 5 and 6, in the third, and 7 in the fourth.
        Large();
        Large();
        log.TrimTo(1);
        while (environment.Step(_random)) Assert.Equal(1, log.Start.Height);
        TestLogs.Copy(path, path + "-cut");
        var scan = Scan(path + "-cut", OtherBoot);
        Assert.Equal((3, 4, 4), (scan.Segments.Count, (int)scan.State.NewestSegment, (int)scan.Floor));

        File.Delete(TestLogs.Segment(path + "-cut", 3));

        Assert.NotNull(Scan(path + "-cut", OtherBoot).Damage);
        Assert.NotNull(Scan(path + "-cut", Boot).Damage);

        void Large() => log.Append(Block.Create(log.Head.Height + 1, Math.Max(1, log.Term), log.Head.Digest, new byte[50_000]));
    }

    private async Task<string> WriteAsync(FlushPolicy flush, bool isClosed)
    {
        var path = _directory.File("log");
        var environment = new StepEnvironment(Boot, 1);
        var log = await OpenAsync(path, environment, flush);
        log.RecordTerm(4);
        Append(log, 20);
        // Few blocks in each of three segments, so that each byte of them can be tried.
        log.TruncateAbove(16);
        log.RecordTerm(5);
        _blocks.RemoveRange(16, 4);
        Append(log, 6);
        await FlushAsync(log);
        log.TruncateAbove(20);
        log.RecordTerm(6);
        _blocks.RemoveRange(20, 2);
        Append(log, 4);
        log.RecordTerm(7);
        await FlushAsync(log);
        Append(log, isClosed ? 2 : 0);
        if (isClosed)
        {
            await environment.RunAsync(_random, log.DisposeAsync().AsTask());
            return path;
        }
        log.RecordTerm(8); // What was recorded last stands in one more place than the newest.
        TestLogs.Copy(path, path + "-killed");
        return path + "-killed";
    }

    private readonly Dictionary<IBlockLog, StepEnvironment> _environments = [];

    private async Task<IBlockLog> OpenAsync(string path, StepEnvironment environment, FlushPolicy flush = FlushPolicy.GroupCommit)
    {
        var store = new SegmentStore(TestLogs.Options(path, flush), environment, new CutDisk(_random));
        await environment.RunAsync(_random, store.OpenAsync(default));
        var log = await environment.RunAsync(_random, store.CreateAsync(TestLogs.Name, default, default));
        _environments.Add(log, environment);
        return log;
    }

    private Task FlushAsync(IBlockLog log) => _environments[log].RunAsync(_random, log.FlushAsync());

    private void Append(IBlockLog log, int count)
    {
        for (var i = 0; i < count; i++)
        {
            _blocks.Add(TestLogs.Next(log, 100));
            log.Append(_blocks[^1]);
        }
    }

    private void AssertPrefix(LogScan scan)
    {
        var digests = scan.Segments.SelectMany(segment => segment.Digests).ToList();
        Assert.Equal(_blocks.Take(digests.Count).Select(block => block.Digest), digests);
    }

    /// <summary>All bytes that mean something.</summary>
    private static IEnumerable<(string File, long Offset)> Places(LogScan scan)
    {
        for (var place = 0; place < 4; place++)
        {
            for (var offset = 0; offset < LogState.Length; offset++) yield return (Path.Combine(scan.Folder, "state"), place * 4096 + offset);
        }
        foreach (var segment in scan.Segments)
        {
            for (var offset = 0; offset < 100; offset++) yield return (segment.Path, offset);
            for (var offset = SegmentHeader.Length; offset < segment.End + 64; offset++) yield return (segment.Path, offset);
        }
    }

    private static LogScan Scan(string path, string boot) => LogScan.Read(TestLogs.Folder(path), ReadState(path)!.Value, boot);

    /// <summary>Null when it is refused as one of a newer format.</summary>
    private static LogScan? LogScanOrNewer(string path, LogState state, string boot)
    {
        try
        {
            return LogScan.Read(TestLogs.Folder(path), state, boot);
        }
        catch (BlockStoreException)
        {
            return null;
        }
    }

    private static LogState? ReadState(string path)
    {
        try
        {
            return StateFile.Read(Path.Combine(TestLogs.Folder(path), "state"));
        }
        catch (BlockStoreException)
        {
            return null;
        }
    }
}
