use cap_std::fs::Dir;
use std::sync::Arc;
use std::time::{Duration, Instant};
use stdx::*;
use storage::*;
fn main() {
    let rt =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    rt.block_on(async {
        let temp = tempfile::tempdir_in(std::env::args().nth(1).unwrap_or("/work".into())).unwrap();
        let dir = DataDir::new(
            Dir::open_ambient_dir(temp.path(), cap_std::ambient_authority()).unwrap(),
            temp.path(),
        );
        let tasks = Tasks::new();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        // fdatasync baseline
        let mut f = std::fs::File::create(temp.path().join("x")).unwrap();
        let mut lat = vec![];
        for _ in 0..200 {
            use std::io::Write;
            let t = Instant::now();
            f.write_all(&[7u8; 1024]).unwrap();
            f.sync_data().unwrap();
            lat.push(t.elapsed());
        }
        lat.sort();
        println!("fdatasync 1k p50 {:?} p99 {:?}", lat[100], lat[198]);
        let s = storage_sqlite::Sqlite::open(&dir, &Default::default(), &clock, &entropy, &tasks)
            .unwrap();
        let scope = Scope("t", 0);
        for nlogs in [4u64, 200] {
            let base = s.new_ids(nlogs).await.unwrap();
            let mut c = Commit::new(0, scope.clone());
            c.create_logs = (base..base + nlogs).map(LogId).collect();
            s.commit(c).await.unwrap();
            // single latency
            let mut lat = vec![];
            for _ in 0..300 {
                let mut b = RecordsBuilder::default();
                b.push(b"key", &[9; 1024]);
                let mut c = Commit::new(0, scope.clone());
                c.appends.push(Append {
                    log: LogId(base),
                    records: b.finish(),
                    arrival: clock.now(),
                });
                let t = Instant::now();
                s.commit(c).await.unwrap();
                lat.push(t.elapsed());
            }
            lat.sort();
            println!("logs {nlogs} single p50 {:?} p99 {:?}", lat[150], lat[297]);
            let before = s.stats();
            let t0 = Instant::now();
            let end = t0 + Duration::from_secs(10);
            let mut hs = vec![];
            for w in 0..16u64 {
                let s = s.clone();
                let clock = clock.clone();
                let scope = scope.clone();
                hs.push(tokio::spawn(async move {
                    let mut n = 0u64;
                    let data = vec![w as u8; 1024];
                    while Instant::now() < end {
                        let mut c = Commit::new(0, scope.clone());
                        let per = 500 / nlogs.min(500);
                        for l in 0..nlogs {
                            let mut b = RecordsBuilder::with_capacity(per as usize * 1100);
                            for _ in 0..per {
                                b.push(b"partition-key-0001", &data);
                            }
                            c.appends.push(Append {
                                log: LogId(base + l),
                                records: b.finish(),
                                arrival: clock.now(),
                            });
                        }
                        s.commit(c).await.unwrap();
                        n += per * nlogs;
                    }
                    n
                }));
            }
            let mut total = 0;
            for h in hs {
                total += h.await.unwrap();
            }
            let st = s.stats();
            println!(
                "logs {nlogs} {:.0} rec/s commits {} sync {:?} pauses {} {:?} wal {} MB, bytes {}",
                total as f64 / t0.elapsed().as_secs_f64(),
                st.commits - before.commits,
                st.sync - before.sync,
                st.pauses - before.pauses,
                st.pause - before.pause,
                st.wal_bytes >> 20,
                (st.bytes - before.bytes) >> 20
            );
        }
        println!(
            "{:?}",
            std::fs::metadata(temp.path().join("shardmill.db-wal")).unwrap().len() >> 20
        );
        s.close();
        drop(s);
        tasks.drained().await;
    });
}
