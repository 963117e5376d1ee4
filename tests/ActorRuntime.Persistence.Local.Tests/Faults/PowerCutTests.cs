using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Util;
using Xunit;
using Xunit.Sdk;

namespace ActorRuntime.Persistence.Local.Tests.Faults;

/// <summary>
/// Goal: after a power cut at any moment, in any flush or between two, a log opens; what was flushed is there, what is there was appended,
/// and a log that keeps its store id has all it ever acknowledged. After <c>kill -9</c> all is there that was appended.
/// Method: seeded calls and cuts over a disk that loses pages and names; a model holds what must and may be there.
/// </summary>
[Trait("Requirement", "SR-5")]
public sealed class PowerCutTests : IDisposable
{
    private const ulong Seeds = 30;

    private readonly TemporaryDirectory _directory = new();

    [Theory]
    [InlineData(FlushPolicy.Process)]
    [InlineData(FlushPolicy.Os)]
    [InlineData(FlushPolicy.GroupCommit)]
    [InlineData(null)] // Another one in each life.
    public async Task Nothing_flushed_is_lost_and_nothing_else_appears(FlushPolicy? flush)
    {
        for (var seed = 1ul; seed <= Seeds; seed++)
        {
            try
            {
                await new Run(_directory.File($"{seed}"), flush, seed).PlayAsync();
            }
            catch (Exception e)
            {
                throw new XunitException($"{flush}, seed {seed}: {e}");
            }
        }
    }

    public void Dispose() => _directory.Dispose();

    private sealed class Run(string root, FlushPolicy? flush, ulong seed)
    {
        private readonly Prng _random = new(seed);
        private readonly List<(Task Flushed, long Height, long Term)> _flushes = [];
        private readonly List<Block> _blocks = [];
        private StepEnvironment _environment = null!;
        private CutDisk _disk = null!;
        private SegmentStore _store = null!;
        private IBlockLog _log = null!;
        private string _path = "";
        private int _boot;
        private int _life;
        private ulong _storeId;
        private long _flushed;
        private long _term;
        private long _flushedTerm;
        private bool _isClosed;

        public async Task PlayAsync()
        {
            _path = NextPath();
            Begin(-1);
            await OpenStoreAsync();
            _log = await _environment.RunAsync(_random, _store.CreateAsync(TestLogs.Name, default, default));
            _storeId = _log.StoreId;
            _log.RecordTerm(++_term);
            for (var cut = 0; cut < 6; cut++)
            {
                _disk.CallsLeft = _random.Chance(70) ? (int)(_random.Next() % 40) + 1 : -1;
                try
                {
                    for (var step = 0; step < 60; step++) await StepAsync();
                }
                catch (PowerCutException)
                {
                    // Where it happened is the seed's business.
                }
                await ReturnAsync(isKilled: _disk.CallsLeft != 0 && _random.Chance(30));
            }
        }

        private async Task StepAsync()
        {
            switch (_random.Next() % 20)
            {
                case 0 when _blocks.Count > 0:
                    var height = _log.Start.Height + (long)(_random.Next() % (ulong)(_log.Head.Height - _log.Start.Height + 1));
                    _flushed = Math.Min(_flushed, height); // Also when it is cut in the middle: what was flushed below stays.
                    for (var i = 0; i < _flushes.Count; i++) _flushes[i] = _flushes[i] with { Height = Math.Min(_flushes[i].Height, height) };
                    _log.TruncateAbove(height);
                    _blocks.RemoveAll(block => block.Height > height);
                    break;
                case 1:
                    _log.TrimTo(_log.Start.Height + (long)(_random.Next() % (ulong)(_log.Head.Height - _log.Start.Height + 1)));
                    break;
                case 2:
                    _log.RecordTerm(++_term);
                    break;
                case 3 or 4 or 5:
                    _flushes.Add((_log.FlushAsync(), _log.Head.Height, _term));
                    break;
                case 6 or 7:
                    // The caller goes on while the worker flushes.
                    _disk.During = _random.Chance(50) ? AppendSome : null;
                    _environment.Step(_random);
                    _disk.During = null;
                    break;
                case 8:
                    _disk.Observe(_path);
                    break;
                case 9 when _random.Chance(20):
                    await CloseAsync();
                    _isClosed = true;
                    await ReopenAsync();
                    break;
                default:
                    Append();
                    break;
            }
            Learn();
        }

        private void AppendSome()
        {
            Append();
            if (_random.Chance(50)) Append(40_000);
        }

        private void Append() => Append(_random.Chance(10) ? 100_000u : 4000u);

        private void Append(ulong lengthMax)
        {
            var payload = new byte[_random.Next() % lengthMax];
            foreach (ref var b in payload.AsSpan()) b = (byte)_random.Next();
            var block = Block.Create(_log.Head.Height + 1, Math.Max(1, _log.Term), _log.Head.Digest, payload);
            _log.Append(block);
            _blocks.Add(block);
        }

        /// <summary>The machine, or only the process, is gone and comes back.</summary>
        private async Task ReturnAsync(bool isKilled)
        {
            Learn();
            while (true)
            {
                var from = _path;
                _path = NextPath();
                var disk = new CutDisk(_random);
                if (isKilled)
                {
                    TestLogs.Copy(from, _path);
                    disk.Take(_path, _disk, from);
                }
                else
                {
                    _disk.CutTo(from, _path, _random.Chance(50) ? 4096 : _random.Chance(50) ? 512 : 64);
                    disk.Take(_path);
                }
                Begin(_random.Chance(30) ? (int)(_random.Next() % 12) + 1 : -1, isKilled, disk);
                try
                {
                    await ReopenAsync(isKilled);
                    return;
                }
                catch (PowerCutException)
                {
                    isKilled = false; // In the middle of the opening.
                }
            }
        }

        private async Task ReopenAsync(bool isKilled = false)
        {
            await OpenStoreAsync();
            var log = await _environment.RunAsync(_random, _store.OpenLogAsync(TestLogs.Name, default));
            Assert.NotNull(log);
            _log = log;
            Check(isKilled);
        }

        private async Task CloseAsync()
        {
            await _environment.RunAsync(_random, _store.DisposeAsync().AsTask());
            Learn();
            (_flushed, _flushedTerm) = (_log.Head.Height, _term);
            Begin(_disk.CallsLeft, isKilled: true, _disk);
        }

        private void Check(bool isKilled)
        {
            var held = new List<Block>();
            for (var height = _log.Start.Height + 1; height <= _log.Head.Height; height++) held.Add(_log.Read(height));
            var appended = _blocks.Where(block => block.Height > _log.Start.Height).ToList();
            Assert.True(held.Count <= appended.Count, $"{held.Count} blocks from {_log.Start.Height}, {appended.Count} were appended");
            for (var i = 0; i < held.Count; i++)
                Assert.True(held[i].Bytes.Span.SequenceEqual(appended[i].Bytes.Span), $"another block {held[i].Height}");
            Assert.InRange(_log.Term, 0, _term);
            if (isKilled || _isClosed) Assert.Equal((appended.Count, _term), (held.Count, _log.Term));
            if (isKilled || flush == FlushPolicy.GroupCommit) Assert.Equal(_storeId, _log.StoreId);
            if (_log.StoreId == _storeId)
            {
                Assert.True(_log.Head.Height >= _flushed, $"{_log.Head.Height} is the head, {_flushed} was acknowledged, and the store id is the same");
                Assert.True(_log.Term >= _flushedTerm, $"term {_log.Term}, {_flushedTerm} was acknowledged");
            }
            _isClosed = false;
            _storeId = _log.StoreId;
            _blocks.RemoveAll(block => block.Height > _log.Head.Height);
            (_flushed, _term, _flushedTerm) = (Math.Min(_flushed, _log.Head.Height), _log.Term, Math.Min(_flushedTerm, _log.Term));
            _flushes.Clear();
        }

        private void Learn()
        {
            foreach (var (flushed, height, term) in _flushes)
            {
                if (flushed.IsCompletedSuccessfully) (_flushed, _flushedTerm) = (Math.Max(_flushed, height), Math.Max(_flushedTerm, term));
            }
            _flushes.RemoveAll(entry => entry.Flushed.IsCompleted);
        }

        private void Begin(int calls, bool isKilled = false, CutDisk? disk = null)
        {
            if (!isKilled) _boot++;
            _environment = new StepEnvironment($"boot-{_boot}", seed + (ulong)_life++);
            _disk = disk ?? new CutDisk(_random);
            _disk.CallsLeft = calls;
            var options = TestLogs.Options(_path, flush ?? (FlushPolicy)(_random.Next() % 3)) with { FlushInterval = TimeSpan.FromHours(1) };
            _store = new SegmentStore(options, _environment, _disk);
        }

        private Task OpenStoreAsync() => _environment.RunAsync(_random, _store.OpenAsync(default));

        private string NextPath() => $"{root}-{Guid.NewGuid():N}";
    }
}
