using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Persistence.Local.Tests.Faults;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Persistence.Local.Tests;

/// <summary>Who waits for a flush, and how many there are.</summary>
public sealed class FlusherTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly StepEnvironment _environment = new("boot", 1);
    private readonly FailingDisk _disk = new();
    private readonly Prng _random = new(1);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Callers_of_all_logs_share_one_pass_with_one_flush_for_each_log()
    {
        var logs = await CreateAsync(FlushPolicy.GroupCommit, 10);
        _disk.Flushed.Clear();
        var flushes = new List<Task>();
        for (var i = 0; i < 100; i++)
        {
            TestLogs.Append(logs[i % 10], 1);
            flushes.Add(logs[i % 10].FlushAsync());
        }
        Assert.DoesNotContain(flushes, flush => flush.IsCompleted);

        Assert.True(_environment.Step(_random));

        Assert.All(flushes, flush => Assert.True(flush.IsCompletedSuccessfully));
        Assert.Equal(10, _disk.Flushed.Count);
        Assert.False(_environment.Step(_random));
        Assert.True(logs[0].FlushAsync().IsCompleted); // Nothing new is there.
    }

    [Fact]
    public async Task Flush_asked_for_during_a_pass_waits_for_the_next_one()
    {
        var log = (await CreateAsync(FlushPolicy.GroupCommit, 1))[0];
        TestLogs.Append(log, 1);
        var first = log.FlushAsync();
        _environment.Step(_random);
        log.RecordTerm(5);
        _disk.Flushed.Clear();

        var second = log.FlushAsync();

        Assert.Equal((true, false), (first.IsCompleted, second.IsCompleted));
        _environment.Step(_random);
        Assert.True(second.IsCompleted);
        Assert.EndsWith("state", Assert.Single(_disk.Flushed), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_group_commit_nobody_waits_and_only_os_flushes_by_itself()
    {
        var logs = await CreateAsync(FlushPolicy.Process, 1);
        _disk.Flushed.Clear();
        TestLogs.Append(logs[0], 100);
        Assert.True(logs[0].FlushAsync().IsCompletedSuccessfully);
        Assert.False(_environment.Step(_random));
        Assert.Empty(_disk.Flushed);

        logs = await CreateAsync(FlushPolicy.Os, 1);
        _disk.Flushed.Clear();
        TestLogs.Append(logs[0], 100);
        Assert.True(logs[0].FlushAsync().IsCompletedSuccessfully);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!_environment.Step(_random)) await Task.Delay(1, patience.Token);
        Assert.EndsWith("0000000001.segment", _disk.Flushed[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Log_that_is_closed_while_flushes_wait_completes_them()
    {
        var log = (await CreateAsync(FlushPolicy.GroupCommit, 1))[0];
        TestLogs.Append(log, 1);
        var flush = log.FlushAsync();

        await _environment.RunAsync(_random, log.DisposeAsync().AsTask());

        await flush;
        Assert.Throws<ObjectDisposedException>(() => log.Append(TestLogs.Next(log)));
    }

    [Fact]
    public async Task Segment_that_is_appended_to_and_left_while_it_is_flushed_is_flushed_again()
    {
        var log = (await CreateAsync(FlushPolicy.GroupCommit, 1))[0];
        Large();
        Large();
        var first = log.FlushAsync();
        var during = true;
        _disk.During = () =>
        {
            if (!during) return;
            during = false;
            TestLogs.Append(log, 1);
            Large();
        };
        _environment.Step(_random);
        Assert.True(first.IsCompletedSuccessfully);
        _disk.Flushed.Clear();

        var second = log.FlushAsync();
        _environment.Step(_random);

        Assert.True(second.IsCompletedSuccessfully);
        Assert.Equal([2, 3], _disk.Flushed.Where(path => path.EndsWith("segment", StringComparison.Ordinal)).Select(SegmentNumber).Order());

        void Large() => log.Append(Block.Create(log.Head.Height + 1, 1, log.Head.Digest, new byte[50_000]));
        static int SegmentNumber(string path) => int.Parse(Path.GetFileNameWithoutExtension(path), null);
    }

    [Fact]
    public async Task Names_of_segments_a_killed_process_left_are_flushed_before_the_log_counts_as_closed()
    {
        var log = (await CreateAsync(FlushPolicy.Process, 1))[0];
        TestLogs.Append(log, 6, 60_000); // In several segments, nothing of which is flushed.
        var copy = _directory.File("killed");
        TestLogs.Copy(_directory.File(nameof(FlushPolicy.Process)), copy);
        var store = new SegmentStore(TestLogs.Options(copy, FlushPolicy.Process), _environment, _disk);
        await _environment.RunAsync(_random, store.OpenAsync(default));
        log = (await _environment.RunAsync(_random, store.OpenLogAsync("log 0", default)))!;
        _disk.Directories.Clear();

        await _environment.RunAsync(_random, log.DisposeAsync().AsTask());

        Assert.Contains(Path.Combine(copy, "logs", "log%200"), _disk.Directories);
    }

    [Fact]
    public async Task Logs_flushed_at_once_by_several_threads_are_all_flushed_before_anybody_is_told()
    {
        var options = TestLogs.Options(_directory.File("threads")) with { FlushesAtOnce = 4 };
        await using var store = new SegmentStore(options, new ProductionEnvironment(), _disk);
        await store.OpenAsync(default);
        var logs = new List<IBlockLog>();
        for (var i = 0; i < 20; i++) logs.Add(await store.CreateAsync($"log {i}", default, default));
        for (var round = 0; round < 20; round++)
        {
            lock (_disk.Flushed) _disk.Flushed.Clear();
            var flushes = logs.ConvertAll(log =>
            {
                TestLogs.Append(log, 1);
                return log.FlushAsync();
            });
            for (var i = 0; i < logs.Count; i++)
            {
                await flushes[i].WaitAsync(TimeSpan.FromSeconds(30));
                lock (_disk.Flushed) Assert.Contains(_disk.Flushed, path => path.Contains($"log%20{i}/", StringComparison.Ordinal));
            }
        }
        foreach (var log in logs) await log.DisposeAsync();
        Assert.Equal(20, (await store.OpenLogAsync("log 7", default))!.Head.Height);
    }

    private async Task<List<IBlockLog>> CreateAsync(FlushPolicy flush, int count)
    {
        var options = TestLogs.Options(_directory.File(flush.ToString()), flush) with { FlushInterval = TimeSpan.FromMilliseconds(1), SpareSegments = 0 };
        var store = new SegmentStore(options, _environment, _disk);
        await _environment.RunAsync(_random, store.OpenAsync(default));
        var logs = new List<IBlockLog>();
        for (var i = 0; i < count; i++) logs.Add(await _environment.RunAsync(_random, store.CreateAsync($"log {i}", default, default)));
        while (_environment.Step(_random)) Assert.NotNull(store);
        return logs;
    }
}
